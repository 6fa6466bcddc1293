// What is saved of a visual: a picture of its chart with its title, what acts on it and its key, CSV, and files' names.

const KEY_MARKS = { line: "━", dash: "╌", dot: "●", triangle: "▲" };
const [EDGE, LINE] = [20, 28]; // pixels of a picture

// Pieces of text side by side, in as many lines as they need: each with its place.
function laidOut(pen, pieces, width, space) {
  let [x, line] = [0, 0];
  return pieces.map((piece) => {
    const room = pen.measureText(piece.text).width;
    if (x && x + room > width) [x, line] = [0, line + 1];
    const placed = { ...piece, x: EDGE + x, line };
    x += room + space;
    return placed;
  });
}

function penOf(canvas, style, font) {
  return Object.assign(canvas.getContext("2d"), { fillStyle: style.color, font: `${font} ${style.fontFamily}` });
}

// A browser draws the colours' names in no other document.
async function drawnPicture(view, style) {
  const drawn = await view.toSVG(2);
  const url = `data:image/svg+xml,${encodeURIComponent(drawn.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim()))}`;
  const picture = Object.assign(new Image(), { src: url });
  await picture.decode();
  return picture;
}

async function pictureOf(figure) {
  const style = getComputedStyle(figure.root);
  const picture = await drawnPicture(figure.view, style);
  const canvas = element("canvas", { width: picture.width + 2 * EDGE });
  const { visual, context } = figure;
  const asOf = visual.filters.includes("period") ? "" : ` As of ${write("date", context.filters.cubes.calendar.today)}.`;
  const words = (figure.acting() + asOf).split(" ").map((text) => ({ text, colour: style.color }));
  const key = [...figure.root.querySelectorAll(".key li:not([hidden])")].map(({ firstElementChild: mark, textContent }) => ({
    text: `${KEY_MARKS[mark.classList[1]]} ${textContent}`,
    colour: getComputedStyle(mark).getPropertyValue("--mark"),
  }));
  const measuring = penOf(canvas, style, "20px");
  const [said, marks] = [laidOut(measuring, words, picture.width, 6), laidOut(measuring, key, picture.width, 24)];
  const rows = [said, marks].map((pieces) => (pieces.length ? pieces.at(-1).line + 1 : 0));
  const top = 60 + LINE * (rows[0] + rows[1]);
  canvas.height = top + picture.height + EDGE;
  const pen = canvas.getContext("2d");
  pen.fillStyle = style.backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, EDGE, top);
  penOf(canvas, style, "600 30px").fillText(visual.title, EDGE, 46, picture.width);
  penOf(canvas, style, "20px");
  for (const { text, x, line, colour } of [...said, ...marks.map((mark) => ({ ...mark, line: mark.line + rows[0] }))]) {
    pen.fillStyle = colour;
    pen.fillText(text, x, 80 + LINE * line, picture.width);
  }
  return canvas;
}

// Saves a file that is named by what it shows, and by period and filters of those that act on it; says so to those who
// do not see it.
function save(blob, shown, address, filters, ending) {
  const acting = new Set(filters.flatMap((name) => (name === "period" ? ["from", "to"] : name)));
  const chosen = [...address].filter(([name]) => acting.has(name));
  const name = [shown, ...chosen.map(([, value]) => value)].join("_").replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 120);
  const link = element("a", { href: URL.createObjectURL(blob), download: `${name}.${ending}` });
  link.click();
  announce(`Saved ${link.download}.`);
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// To those who do not see it: below a dialog nothing is heard.
function announce(text) {
  (document.querySelector("dialog[open] .saved") ?? document.getElementById("saved")).textContent = text;
}

// RFC 4180, figures unrounded to two decimals, text that a spreadsheet would execute made harmless.
function csvOf(visual, rows) {
  const fields = fieldsOf(visual);
  const cell = (field, value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(2);
    let text = String(value);
    if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => fields.map((field) => cell(field, row[field.name])).join(","));
  return [fields.map((field) => field.name).join(","), ...lines].join("\n") + "\n";
}
