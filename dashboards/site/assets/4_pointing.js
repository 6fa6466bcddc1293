// What a chart says of the mark that is nearest to a pointer, a finger or the keys.

// How far from a mark that counts, across and up. Of a line, Vega would say what its first point stands for.
const NEAREST = { lines: [1, 0], daily: [1, 0], quality: [1, 0], pareto: [1, 0], points: [1, 1] };

// The rows that a chart draws, in their order along it, and where each stands on the screen.
function spotsOf(chart, kind) {
  const spots = new Map();
  for (const group of chart.querySelectorAll("g.role-mark:not(.mark-group):not(.mark-text)")) {
    const { e: left, f: top } = group.getScreenCTM();
    for (const { datum, defined, shape, x, y, width = 0, height = 0 } of group.firstElementChild?.__data__.mark.items ?? []) {
      const isSpot = datum?._tip && defined !== false && shape !== "triangle-up";
      if (isSpot) spots.set(datum._tip, { row: datum, x: left + x + width / 2, y: top + y + height / 2 });
    }
  }
  const found = [...spots.values()];
  return kind in NEAREST ? found.sort((a, b) => a.x - b.x) : found;
}

function nearestSpot(chart, kind, { clientX, clientY }) {
  const [across, up] = NEAREST[kind];
  const distance = ({ x, y }) => across * (x - clientX) ** 2 + up * (y - clientY) ** 2;
  return spotsOf(chart, kind).reduce((best, spot) => (!best || distance(spot) < distance(best) ? spot : best), null);
}

// Arrows go from mark to mark, Enter chooses what one stands for.
function pointAt(chart, figure) {
  let at = -1;
  const hide = () => showTip(null, {}, null, null);
  chart.addEventListener("pointermove", (event) => {
    const spot = figure.kind in NEAREST && nearestSpot(chart, figure.kind, event);
    if (spot) showSpot(spot);
  });
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("focus", () => (at = -1));
  chart.addEventListener("keydown", (event) => {
    const spots = spotsOf(chart, figure.kind);
    const moves = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: spots.length - 1 };
    if (event.key === "Enter" && spots[at]) figure.pick(spots[at].row);
    if (event.key === "Escape") hide();
    if (!(event.key in moves) || !spots.length) return;
    event.preventDefault();
    at = Math.min(Math.max(0, moves[event.key]), spots.length - 1);
    showSpot(spots[at]);
  });
}

let tip = null;
let ring = null;
addEventListener("pointerdown", () => tip && (tip.hidden = ring.hidden = true));
addEventListener("scroll", () => tip && (tip.hidden = ring.hidden = true), { passive: true, capture: true });

function showSpot(spot) {
  showTip(null, { clientX: spot.x, clientY: spot.y }, null, spot.row);
  ring.hidden = false;
  ring.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
}

function showTip(_handler, event, _item, value) {
  if (!tip) {
    tip = element("div", { class: "tip", "aria-hidden": "true" });
    ring = element("div", { class: "ring", "aria-hidden": "true" });
  }
  const host = document.querySelector("dialog[open]") ?? document.body; // a dialog lies above all that is not in it
  if (tip.parentElement !== host) host.append(ring, tip);
  const text = value && (value._tip ?? (typeof value === "object" ? Object.values(value)[0] : value));
  tip.hidden = !text;
  ring.hidden = true;
  if (!text) return;
  tip.textContent = text;
  const { clientWidth, clientHeight } = document.documentElement;
  const left = Math.min(event.clientX + 14, clientWidth - tip.offsetWidth - 8);
  const top = Math.min(event.clientY + 14, clientHeight - tip.offsetHeight - 8);
  tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
}
