// What the scripts of the data folder hand over, and how text becomes columns of numbers.

const COLUMN_TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
const PARTS = 32; // of a month: the whole, and its days
const taken = {};

// What is a list are the months of a cube: they are read while the scripts after them are fetched.
function take(name, value) {
  taken[name] = Array.isArray(value) ? value.map((chunk) => ({ ...chunk, bytes: null, planes: planesOf(chunk) })) : value;
}

// What comes out of a stream that bytes are written to: a blob's own stream would come through another process.
function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  return new Response(stream.readable);
}

// Browsers of 2025 and newer read base64 themselves, several times as fast.
function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const inflate = (base64) => through(new DecompressionStream("deflate"), bytesOf(base64));

const unpack = (packed) => inflate(packed.json).json();

const planesOf = async (packed) => new Uint8Array(await inflate(packed.bytes).arrayBuffer());

// Numbers from planes of their bytes, the least byte first, into a column that may be wider.
function fill(column, planes, rows, type) {
  if (type === "f64") {
    const bytes = new Uint8Array(planes.length);
    for (let plane = 0; plane < 8; plane++) for (let i = 0; i < rows; i++) bytes[8 * i + plane] = planes[plane * rows + i];
    column.set(new Float64Array(bytes.buffer));
    return;
  }
  column.set(planes.subarray(0, rows));
  for (let offset = rows, rank = 256; offset < planes.length; offset += rows, rank *= 256) {
    for (let i = 0; i < rows; i++) column[i] += rank * planes[offset + i];
  }
}

// The months of a cube as columns of all time. A month's part is 0, or its day where it is told by day, and a day is one
// of the month; both become numbers of all time.
async function joined({ codes }, chunks, calendar) {
  const months = await Promise.all(chunks.map(({ planes }) => planes));
  const types = Object.keys(COLUMN_TYPES);
  const count = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const columns = {};
  for (const name of Object.keys(chunks[0].types)) {
    const widest = Math.max(...chunks.map((chunk) => types.indexOf(name === "part" || name === "day" ? "u32" : chunk.types[name])));
    columns[name] = new COLUMN_TYPES[types[widest]](count);
  }
  let start = 0;
  chunks.forEach(({ month, rows, types: narrow }, index) => {
    const number = calendar.months.indexOf(month);
    const before = { part: PARTS * number, day: calendar.first_days[number] - 1 };
    let offset = 0;
    for (const [name, type] of Object.entries(narrow)) {
      const column = columns[name].subarray(start, start + rows);
      const length = rows * COLUMN_TYPES[type].BYTES_PER_ELEMENT;
      fill(column, months[index].subarray(offset, offset + length), rows, type);
      if (name in before) for (let i = 0; i < rows; i++) column[i] += before[name];
      offset += length;
    }
    start += rows;
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
