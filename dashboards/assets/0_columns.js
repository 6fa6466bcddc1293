// What the scripts of the data folder hand over, and how text becomes columns of numbers.

const COLUMN_TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
const taken = {};

function take(name, value) {
  taken[name] = value;
}

async function decode(packed) {
  const text = atob(packed.bytes);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
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
