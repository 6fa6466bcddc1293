// What the scripts of the data folder hand over, and how text becomes columns of numbers.

const COLUMN_TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
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
