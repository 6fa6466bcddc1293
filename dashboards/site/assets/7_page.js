// Puts the page together when its scripts are there.

async function start() {
  const { page, specs } = taken;
  const data = await unpack(taken.data);
  setLocale(page.settings);
  if (data.calendar.is_cut) document.querySelector(".as-of").append(`, sales from ${write("date", data.calendar.first_sale)} on`);
  for (const time of document.querySelectorAll("header time")) time.textContent = write("date", time.dateTime);
  setTheme(readTheme());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(readTheme()));
  document.getElementById("theme").addEventListener("click", () => {
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  });
  const cubes = {};
  await Promise.all(
    page.cubes.map(async (cube) => {
      cubes[cube.name] = { ...cube, columns: await joined(cube, taken[`cube_${cube.name}`], data.calendar) };
    }),
  );
  const engine = new Cubes(data, cubes, page.settings.week_start);
  isOneCountry = engine.isOneCountry;
  const filters = new Filters(engine, page.filters, page.drill);
  const context = { tiles: data.tiles, colours: coloursOf(engine), filters, queries: page };
  const figures = page.visuals.map((visual) => new Figure(visual, specs, context));
  const drill = page.drill && new Drill(page.drill, engine, data.tables, { ...context, specs, visuals: page.visuals });
  const drilled = () => drill?.figures ?? [];

  // One after the other: a chart is not drawn while it is being drawn.
  const draw = (some, isResized = false) => (shop.drawn = shop.drawn.then(() => drawAll(some, isResized)));

  const workbook = document.getElementById("to-xlsx");
  workbook.addEventListener("click", async () => {
    const sheets = figures.map((figure) => figure.sheet(page, data.calendar.today));
    const decimals = writers.exactMoney.resolvedOptions().maximumFractionDigits;
    const naming = [...page.filters.map(({ name }) => name), "grain", "compare"];
    save(await workbookOf(sheets, decimals), page.id, filters.address(), naming, "xlsx");
  });

  // Where nothing was chosen, but one product or customer opened or closed, the page stays as it is.
  let computed = null;
  function compute() {
    const choice = filters.address({}, null).toString();
    const isNew = choice !== computed;
    computed = choice;
    const shown = filters.selection();
    if (isNew) engine.forget();
    if (isNew) for (const figure of figures) figure.compute(engine, data.tables, shown);
    document.getElementById("status").textContent = describe(shown, engine, filters);
    drill?.show(filters.opened, shown);
    return isNew;
  }

  compute();
  const seen = [...figures.filter(isInView), ...drilled()];
  await draw(seen);
  workbook.disabled = false;
  document.body.dataset.ready = "true";
  shop.drawn = new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // first that is seen
  draw(figures.filter((figure) => !seen.includes(figure)));
  let drawnWidth = figures[0].root.parentElement.clientWidth;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== drawnWidth) draw([...figures, ...drilled()], true);
    drawnWidth = contentRect.width;
  }).observe(figures[0].root.parentElement);
  addEventListener("beforeprint", () => figures.forEach(({ table }) => table.print(true)));
  addEventListener("afterprint", () => figures.forEach(({ table }) => table.print(false)));
  addEventListener("hashchange", async () => {
    const started = performance.now();
    filters.restore(new URLSearchParams(location.hash.slice(1)));
    await draw([...(compute() ? figures : []), ...drilled()]);
    shop.updates.push(performance.now() - started);
  });
}

// How wide charts are is asked before the first is drawn, and where none can have changed not again: for each answer the
// browser lays out the whole page.
function drawAll(figures, isResized) {
  const charts = figures.map((figure) => [figure, figure.part("chart")]).filter(([, chart]) => chart);
  for (const [figure, chart] of charts) chart.hidden = !figure.rows.length;
  for (const [figure, chart] of charts) if (isResized || !figure.width) figure.width = chart.clientWidth;
  return Promise.all(figures.map((figure) => figure.update()));
}

function isInView({ root }) {
  const { top, bottom } = root.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

// The categories that have a colour, whatever is chosen: those of most revenue ever, and the others together.
function coloursOf(engine) {
  const everything = { period: engine.everything() };
  const cube = ["sales", "brands"].find((name) => engine.cubes[name]);
  if (!cube) return [];
  const { groups, totals } = engine.sum(cube, ["category"], ["revenue"], everything);
  const revenue = new Map([...totals.revenue].map((value, at) => [engine.tuple(groups, at).category, value]));
  const names = [...revenue.keys()].sort((a, b) => revenue.get(b) - revenue.get(a) || (a < b ? -1 : 1));
  return names.length > MOST_COLOURS ? [...names.slice(0, MOST_COLOURS - 1), OTHERS] : names;
}

// What is shown: period, and what is chosen.
function shownOf({ period, ...others }) {
  return `Showing ${[spanOf(period), ...Object.values(others).map((values) => [...values].join(" or "))].join("; ")}.`;
}

function describe(selection, engine, filters) {
  const { last_sale: last, today } = engine.calendar;
  return [
    shownOf(selection),
    Date.parse(today) - Date.parse(last) > DAY ? `Nothing has been sold since ${write("date", last)}.` : "",
    ...filters.contradictions().map(([name, value, other]) => `${name} ${value} is in no chosen ${other.toLowerCase()}.`),
    filters.unknown.length ? `The link names what is not here: ${filters.unknown.map(([name, value]) => `${name} ${value}`).join(", ")}.` : "",
  ].join(" ");
}

function readTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  try {
    return localStorage.getItem("theme") || (isDark ? "dark" : "light");
  } catch {
    return isDark ? "dark" : "light"; // a page from a file may have no storage
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "Light" : "Dark";
  button.setAttribute("aria-label", `Change to ${theme === "dark" ? "light" : "dark"} colours`);
  try {
    const isChosen = theme !== (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    if (isChosen) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // the choice lasts for this page then
  }
}

window.shop = { take, updates: [], drawn: Promise.resolve() };
addEventListener("DOMContentLoaded", () => {
  start().catch((error) => {
    document.getElementById("status").textContent = `The page could not be shown: ${error.message}`;
    throw error;
  });
});
