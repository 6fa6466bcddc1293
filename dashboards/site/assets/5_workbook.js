// The tables of a page as one Excel workbook, a sheet each: a ZIP of a few XML parts (ECMA-376). Text is text in it,
// whatever it begins with, and numbers, dates and shares are numbers that Excel formats.

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = "http://schemas.openxmlformats.org"; // names of its vocabularies, which nobody asks for
const SPREADSHEET = `xmlns="${OFFICE}/spreadsheetml/2006/main" xmlns:r="${OFFICE}/officeDocument/2006/relationships"`;
const MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const HEADER_ROW = 6; // below title, period and filters, currency, note, and a row that is empty
const WIDTHS = [9, 60]; // of columns, in characters
const UNIX_EPOCH = 25569; // in days since the first of a spreadsheet

// Formats by the numbers that the form knows, and others, numbered from OWN on.
const KNOWN = { count: 3, text: 49 };
const OWN = 164;
const FORMATS = { money: "", percent: "0.0%", decimal: "#,##0.0#", date: "yyyy-mm-dd", month: "yyyy-mm" };
const FONTS = ["title", "heading", "numbers"]; // styles with a font of their own
const STYLES = ["plain", ...FONTS, ...Object.keys(KNOWN), ...Object.keys(FORMATS)];

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crcOf(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

// Numbers of two or four bytes, the least byte first.
const littleEndian = (...fields) => Uint8Array.from(fields.flatMap(([width, value]) => [...Array(width).keys()].map((byte) => value >>> (8 * byte))));

// A ZIP archive of texts by name. Its entries are of the first day that the form knows: the same page gives the same bytes.
async function zipped(files) {
  const [entries, directory] = [[], []];
  let [offset, length] = [0, 0];
  for (const [name, text] of Object.entries(files)) {
    const [path, bytes] = [name, text].map((one) => new TextEncoder().encode(one));
    const packed = new Uint8Array(await through(new CompressionStream("deflate-raw"), bytes).arrayBuffer());
    const about = [[2, 20], [2, 0], [2, 8], [2, 0], [2, 0x21], [4, crcOf(bytes)], [4, packed.length], [4, bytes.length], [2, path.length], [2, 0]];
    const local = littleEndian([4, 0x04034b50], ...about);
    const central = littleEndian([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    entries.push(local, path, packed);
    directory.push(central, path);
    offset += local.length + path.length + packed.length;
    length += central.length + path.length;
  }
  const count = directory.length / 2;
  return [...entries, ...directory, littleEndian([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, offset], [2, 0])];
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

// Characters that XML cannot hold are written as the form has it, _x0007_, and what looks like one, too.
const escaped = (text) =>
  text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, (sign) => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    .replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

function columnName(index) {
  return index < 26 ? String.fromCharCode(65 + index) : columnName(Math.floor(index / 26) - 1) + columnName(index % 26);
}

const styled = (style) => `s="${STYLES.indexOf(style)}"`;

const textCell = (place, text, style) => `<c r="${place}" ${styled(style)} t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;

// A value as a number, where its format is one: days since the spreadsheet's first, shares of one.
function numberOf(format, value) {
  if (format === "date" || format === "month") return UNIX_EPOCH + Date.parse(format === "month" ? `${value}-01` : value) / DAY;
  return format === "percent" ? Number((value / 100).toPrecision(15)) : value;
}

function cellOf(place, { format }, value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "boolean") return `<c r="${place}" t="b"><v>${Number(value)}</v></c>`;
  if (typeof value === "string" && format !== "date" && format !== "month") return textCell(place, value, "text");
  return `<c r="${place}" ${styled(format === "text" ? "plain" : format)}><v>${numberOf(format, value)}</v></c>`;
}

// How many characters a value takes when it is written; those of some scripts are twice as wide.
function lengthOf({ format }, value) {
  if (typeof value === "number") return 1.4 * String(Math.trunc(value)).length + (format === "count" ? 0 : 3);
  return format === "date" ? 10 : String(value ?? "").replace(/[\u1100-\uffff]/g, "--").length;
}

function columnOf(field, index, values) {
  const longest = values.reduce((most, value) => Math.max(most, lengthOf(field, value)), field.label.length);
  const width = Math.min(Math.max(WIDTHS[0], longest + 2), WIDTHS[1]);
  return `<col min="${index + 1}" max="${index + 1}" width="${width.toFixed(1)}" customWidth="1"/>`;
}

function sheetOf({ title, lines, fields, rows }, isFirst) {
  const columns = fields.map((field) => rows.map((row) => shownIn(field, row)));
  const about = [title, ...lines].filter(Boolean).map((text, index) => `<row r="${index + 1}">${textCell(`A${index + 1}`, text, index ? "plain" : "title")}</row>`);
  const heading = ({ label, format }, index) => textCell(columnName(index) + HEADER_ROW, label, isNumber({ format }) ? "numbers" : "heading");
  const row = (_, at) => {
    const place = HEADER_ROW + 1 + at;
    return `<row r="${place}">${fields.map((field, index) => cellOf(columnName(index) + place, field, columns[index][at])).join("")}</row>`;
  };
  const frozen = `<pane ySplit="${HEADER_ROW}" topLeftCell="A${HEADER_ROW + 1}" activePane="bottomLeft" state="frozen"/>`;
  return [
    `${XML}<worksheet ${SPREADSHEET}><sheetViews><sheetView${isFirst ? ' tabSelected="1"' : ""} workbookViewId="0">${frozen}</sheetView></sheetViews>`,
    `<cols>${fields.map((field, index) => columnOf(field, index, columns[index])).join("")}</cols><sheetData>`,
    ...about,
    `<row r="${HEADER_ROW}">${fields.map(heading).join("")}</row>`,
    ...rows.map(row),
    "</sheetData></worksheet>",
  ].join("");
}

// How cells of each style look; decimals of money are the currency's.
function stylesOf(decimals) {
  const codes = { ...FORMATS, money: decimals ? `#,##0.${"0".repeat(decimals)}` : "#,##0" };
  const own = Object.values(codes);
  const cell = (style) => {
    const font = FONTS.indexOf(style) + 1;
    const number = KNOWN[style] ?? (style in codes ? OWN + own.indexOf(codes[style]) : 0);
    const border = font > 1 ? 1 : 0;
    const alignment = style === "numbers" ? ' applyAlignment="1"><alignment horizontal="right"/></xf>' : "/>";
    return `<xf numFmtId="${number}" fontId="${font}" fillId="0" borderId="${border}" xfId="0"${alignment}`;
  };
  const font = (size, weight) => `<font>${weight}<sz val="${size}"/><name val="Calibri"/><family val="2"/></font>`;
  return [
    `${XML}<styleSheet ${SPREADSHEET}><numFmts count="${own.length}">`,
    ...own.map((code, index) => `<numFmt numFmtId="${OWN + index}" formatCode="${code}"/>`),
    `</numFmts><fonts count="4">${font(11, "")}${font(14, "<b/>")}${font(11, "<b/>").repeat(2)}</fonts>`,
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
    '<borders count="2"><border/><border><bottom style="thin"/></border></borders>',
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
    `<cellXfs count="${STYLES.length}">${STYLES.map(cell).join("")}</cellXfs>`,
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
  ].join("");
}

// A workbook of sheets: title, lines below it, fields and rows of each.
async function workbookOf(sheets, decimals) {
  const numbers = sheets.map((_, index) => index + 1);
  const package_ = `${OFFICE}/package/2006`;
  const relation = `${OFFICE}/officeDocument/2006/relationships`;
  const relations = (targets) =>
    `${XML}<Relationships xmlns="${package_}/relationships">${targets
      .map(([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${relation}/${type}" Target="${target}"/>`)
      .join("")}</Relationships>`;
  const part = (name, type) => `<Override PartName="/xl/${name}.xml" ContentType="${MIME}.${type}+xml"/>`;
  const files = {
    "[Content_Types].xml": [
      `${XML}<Types xmlns="${package_}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`,
      part("workbook", "sheet.main"),
      part("styles", "styles"),
      ...numbers.map((number) => part(`worksheets/sheet${number}`, "worksheet")),
      "</Types>",
    ].join(""),
    "_rels/.rels": relations([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": [
      `${XML}<workbook ${SPREADSHEET}><bookViews><workbookView/></bookViews><sheets>`,
      ...sheets.map(({ title }, index) => `<sheet name="${escaped(title)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`),
      "</sheets></workbook>",
    ].join(""),
    "xl/_rels/workbook.xml.rels": relations([...numbers.map((number) => ["worksheet", `worksheets/sheet${number}.xml`]), ["styles", "styles.xml"]]),
    "xl/styles.xml": stylesOf(decimals),
  };
  sheets.forEach((sheet, index) => (files[`xl/worksheets/sheet${index + 1}.xml`] = sheetOf(sheet, index === 0)));
  return new Blob(await zipped(files), { type: `${MIME}.sheet` });
}
