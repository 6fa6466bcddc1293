// What the scripts of the data folder hand over, and how text becomes columns of numbers.

const COLUMN_TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
const PARTS = 32; // of a month: the whole, and its days
const taken = {};

function take(name, value) {
  taken[name] = value;
}

function inflate(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
}

const unpack = (packed) => inflate(packed.json).json();

async function decode(packed) {
  const planes = new Uint8Array(await inflate(packed.bytes).arrayBuffer());
  const columns = {};
  let offset = 0;
  for (const [name, type] of Object.entries(packed.types)) {
    const column = new COLUMN_TYPES[type](packed.rows);
    const raw = new Uint8Array(column.buffer);
    const width = column.BYTES_PER_ELEMENT;
    for (let plane = 0; plane < width; plane++) {
      for (let i = 0, at = plane; i < packed.rows; i++, at += width) raw[at] = planes[offset + i];
      offset += packed.rows;
    }
    columns[name] = column;
  }
  return columns;
}

// The months of a cube as columns of all time. A month's part is 0, or its day where it is told by day, and a day is one
// of the month; both become numbers of all time.
async function joined({ codes }, chunks, calendar) {
  const months = await Promise.all(chunks.map(decode));
  const columns = {};
  for (const name of Object.keys(chunks[0].types)) {
    const types = Object.keys(COLUMN_TYPES);
    const widest = Math.max(...chunks.map((chunk) => types.indexOf(name === "part" || name === "day" ? "u32" : chunk.types[name])));
    columns[name] = new COLUMN_TYPES[types[widest]](chunks.reduce((sum, chunk) => sum + chunk.rows, 0));
  }
  let start = 0;
  chunks.forEach((chunk, index) => {
    const month = calendar.months.indexOf(chunk.month);
    const { part, day } = months[index];
    for (const name of Object.keys(columns)) columns[name].set(months[index][name], start);
    if (part) for (let i = 0; i < chunk.rows; i++) columns.part[start + i] = PARTS * month + part[i];
    const before = calendar.first_days[month] - 1;
    if (day) for (let i = 0; i < chunk.rows; i++) columns.day[start + i] = before + day[i];
    start += chunk.rows;
  });
  return codes[0] === "customer" ? inOrderOf("customer", columns) : columns;
}

// Rows in order of one column of codes, in the order they had where it is equal.
function inOrderOf(name, columns) {
  const keys = columns[name];
  let most = 0;
  for (let i = 0; i < keys.length; i++) if (keys[i] > most) most = keys[i];
  const place = new Uint32Array(most + 2);
  for (let i = 0; i < keys.length; i++) place[keys[i] + 1]++;
  for (let key = 0; key <= most; key++) place[key + 1] += place[key];
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[place[keys[i]]++] = i;
  const sorted = {};
  for (const [other, column] of Object.entries(columns)) {
    sorted[other] = new column.constructor(column.length);
    for (let i = 0; i < order.length; i++) sorted[other][i] = column[order[i]];
  }
  return sorted;
}
