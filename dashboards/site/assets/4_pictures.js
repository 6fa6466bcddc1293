// What a chart needs beside the figures: labels, order along an axis, places on a map, areas.

// Pixels that a cell needs to say its figure.
const ROOM_FOR_TEXT = { money: 50, count: 32, percent: 26 };

const MOST_POINTS = 600;

// Thousands of points say no more than hundreds, and take seconds to draw.
function thinned(visual, rows) {
  if (rows.length <= MOST_POINTS) return rows;
  if (visual.kind === "points") return [...rows].sort((a, b) => b.revenue - a.revenue).slice(0, MOST_POINTS);
  if (visual.kind !== "pareto") return rows;
  const step = Math.ceil(rows.length / MOST_POINTS);
  const isKept = (row, index) => index % step === 0 || row.abc_class !== rows[index - 1].abc_class;
  return rows.filter((row, index) => isKept(row, index) || index === rows.length - 1);
}

const PREPARE = {
  bars(visual, rows) {
    unique(visual, rows);
    for (const row of rows) row._text = barText(visual, row);
  },
  delivery(visual, rows) {
    for (const row of rows) {
      row._text = `${write("count", row.quarantined_count)} of ${write("count", row.delivered_count)}`;
    }
  },
  heat: axes,
  stacked_columns: axes,
  lines: unique,
  columns(visual, rows) {
    unique(visual, rows);
    const isRoomy = rows.length <= 6;
    const [main] = visual.measures;
    for (const row of rows) row._text = isRoomy ? barText(visual, row) : write(main.format, row[main.name], true);
  },
  daily(visual, rows) {
    for (const row of rows) row._date = Date.parse(row.day);
  },
  // a day's score is that of its worst file
  quality(visual, rows) {
    const worst = new Map();
    for (const row of rows) {
      row._date = Date.parse(row.batch_date);
      row._is_worst = false;
      const former = worst.get(row.batch_date);
      const isKnown = row.quality_pct !== null;
      if (isKnown && (!former || row.quality_pct < former.quality_pct)) worst.set(row.batch_date, row);
    }
    for (const row of worst.values()) row._is_worst = true;
  },
  tiles(visual, rows, { tiles }) {
    const sold = new Map(rows.map((row) => [`${row.country}\u0001${row.state}`, row]));
    const drawn = tiles.map(([country, state, code, column, line]) => {
      const nothing = { country, state, revenue: 0, _tip: `${state}: nothing sold` };
      const row = sold.get(`${country}\u0001${state}`) || nothing;
      return { ...row, _code: code, _column: column, _row: line, _text: row.revenue ? write("money", row.revenue, true) : "" };
    });
    return drawn;
  },
  treemap,
};

// Two rows of one name get the id beside it: a band of the axis is a row.
function unique(visual, rows) {
  const met = new Map();
  for (const row of rows) met.set(row._label, (met.get(row._label) || 0) + 1);
  for (const row of rows) {
    if (met.get(row._label) > 1) row._label += ` (${row.product_id || row.customer_id || row.country})`;
  }
}

function barText(visual, row) {
  if (visual.relation) {
    const sold = `${write("count", row.units_sold)} sold`;
    return `${row.stock_quantity ? `${write("decimal", row.days_of_cover)} days` : "sold out"} · ${sold}`;
  }
  const text = write(visual.measures[0].format, row[visual.measures[0].name], true);
  const extra =
    visual.derived.find((derived) => derived.rule === "share") ||
    visual.measures.find((measure) => measure.name === "margin_pct") ||
    visual.measures.find((measure, index) => index > 0 && visual.dimensions[0].name === "segment");
  if (!extra) return text;
  const word = extra.name === "margin_pct" ? " margin" : "";
  return `${text} · ${write(extra.format, row[extra.name], true)}${word}`;
}

// The first dimension goes across and the second up, except where time or hours belong across.
function axes(visual, rows, { width }) {
  const [first, second] = visual.dimensions;
  const isAcross = visual.kind === "stacked_columns";
  const [x, y] = isAcross ? [first, second] : [second, first];
  const place = (dimension) => {
    const values = [...new Set(rows.map((row) => row[dimension.name]))];
    values.sort((a, b) => (a < b ? -1 : Number(a > b)));
    const order = dimension.values.length ? dimension.values : values;
    return new Map(order.map((value, index) => [value, index]));
  };
  const [across, up] = [place(x), place(y)];
  const isScore = y.name.endsWith("_score");
  for (const row of rows) {
    row._x = x.name === "month" ? labelOfMonth(row.month) : write(x.format, row[x.name]);
    row._xi = across.get(row[x.name]);
    row._y = write(y.format, row[y.name]);
    row._yi = isScore ? -up.get(row[y.name]) : up.get(row[y.name]);
    const main = visual.derived[0] || visual.measures[0];
    if (width / across.size < ROOM_FOR_TEXT[main.format]) row._text = "";
    else row._text = main.format === "percent" ? writers.count.format(row[main.name] ?? 0) : write(main.format, row[main.name], true);
  }
}

// A squarified treemap in percent of both sides: categories first, brands within, the small ones together.
function treemap(visual, rows, { ratio }) {
  const LEADING = 8;
  const groups = new Map();
  for (const row of rows) groups.set(row.category, [...(groups.get(row.category) || []), row]);
  const parts = [...groups.entries()].map(([category, members]) => {
    const leading = members.slice(0, LEADING);
    const others = members.slice(LEADING);
    const rest = total(others, "revenue");
    if (others.length) {
      leading.push({
        category,
        _is_rest: true,
        revenue: rest,
        _label: `${others.length} more brands`,
        _tip: `${category}: ${others.length} more brands\nRevenue: ${write("money", rest)}`,
      });
    }
    return { members: leading, revenue: total(members, "revenue") };
  });
  const drawn = [];
  const box = { x: 0, y: 0, width: 100 * ratio, height: 100 };
  for (const [part, area] of squarify(parts, box)) {
    for (const [row, { x, y, width, height }] of squarify(part.members, area)) {
      const isRoomy = width / ratio > 11 && height > 8;
      const label = row._label.startsWith(row.category + ", ") ? row.brand : row._label;
      drawn.push({
        ...row,
        _label: isRoomy ? shortened(label, (width / ratio) * 0.8) : "",
        _x0: x / ratio,
        _x1: (x + width) / ratio,
        _y0: 100 - y - height,
        _y1: 100 - y,
      });
    }
  }
  return drawn;
}

const shortened = (text, room) => (text.length > room ? `${text.slice(0, Math.max(3, room - 1))}…` : text);

// Bruls, Huizing and van Wijk: rows of rectangles along the shorter side while they get squarer.
function squarify(items, box) {
  const sorted = items.filter((item) => item.revenue > 0).sort((a, b) => b.revenue - a.revenue);
  const scale = (box.width * box.height) / (total(sorted, "revenue") || 1);
  const placed = [];
  let { x, y, width, height } = box;
  let start = 0;
  while (start < sorted.length) {
    const side = Math.min(width, height);
    let sum = 0;
    let worst = Infinity;
    let end = start;
    while (end < sorted.length) {
      const next = sum + sorted[end].revenue * scale;
      const [most, least] = [sorted[start].revenue * scale, sorted[end].revenue * scale];
      const ratio = Math.max((side * side * most) / (next * next), (next * next) / (side * side * least));
      if (ratio > worst) break;
      [worst, sum, end] = [ratio, next, end + 1];
    }
    const thickness = sum / side;
    let along = 0;
    for (let i = start; i < end; i++) {
      const length = (sorted[i].revenue * scale) / thickness;
      placed.push([
        sorted[i],
        width >= height
          ? { x, y: y + along, width: thickness, height: length }
          : { x: x + along, y, width: length, height: thickness },
      ]);
      along += length;
    }
    if (width >= height) [x, width] = [x + thickness, width - thickness];
    else [y, height] = [y + thickness, height - thickness];
    start = end;
  }
  return placed;
}
