// What a chart needs beside the figures: names and their order along its axes, places on a map, areas.

const MOST_POINTS = 600;
const MOST_NAMES = 15;
const MOST_COLOURS = 8; // as many as charts/look.py has
const OTHERS = "Other";

// Thousands of points and hundreds of names say no more than some, and take seconds to draw.
function thinned(visual, kind, rows) {
  if (kind === "bars") return rows.slice(0, MOST_NAMES);
  if (kind === "heat") return ofMostNames(visual, rows);
  if (rows.length <= MOST_POINTS) return rows;
  if (kind === "points") return [...rows].sort((a, b) => b.revenue - a.revenue).slice(0, MOST_POINTS);
  if (kind !== "pareto") return rows;
  const step = Math.ceil(rows.length / MOST_POINTS);
  const isKept = (row, index) => index % step === 0 || row.abc_class !== rows[index - 1].abc_class;
  return rows.filter((row, index) => isKept(row, index) || index === rows.length - 1);
}

// The rest of a ranking as one row, where its figures add up; of products it would outgrow all others.
function othersOf({ measures: [main], dimensions }, rows) {
  if (!rows.length || !main?.numerator.terms || main.denominator || dimensions[0].name === "product_id") return [];
  const rest = total(rows, main.name);
  const label = counted(rows.length, "other");
  return [{ others: rows.length, [main.name]: rest, _label: label, _tip: `${label}\n${main.label}: ${write(main.format, rest)}` }];
}

// Of a category's cells all or none.
function ofMostNames(visual, rows) {
  const [{ name }, { name: measure }] = [visual.dimensions[0], visual.measures[0]];
  if (name !== "category") return rows;
  const totals = new Map();
  for (const row of rows) totals.set(row[name], (totals.get(row[name]) || 0) + row[measure]);
  const most = new Set([...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a)).slice(0, MOST_NAMES));
  return rows.filter((row) => most.has(row[name]));
}

// The values that a chart's legend names: those that it draws. A legend of nothing cannot be laid out.
const LEGENDS = { treemap: "_colour", points: "_colour", pareto: "abc_class", stacked_columns: "customer_kind" };

function legendOf({ kind, measures }, rows, colours) {
  const field = LEGENDS[kind];
  if (!field || !rows.length) return {};
  const drawn = new Set(rows.filter((row) => kind !== "stacked_columns" || row[measures[0].name]).map((row) => row[field]));
  const named = field === "_colour" ? colours.filter((colour) => drawn.has(colour)) : [...drawn].sort();
  return named.length ? { named } : {};
}

// Each returns the names along the axes in their order, where these are names, and the rows where it draws others.
const PREPARE = {
  bars(visual, rows, context) {
    for (const row of rows) row._text = barText(visual, row, context.width > 420);
    if (!visual.relation) return ranked(rows, visual.measures[0].name, context);
    // no line goes through a figure: what would stand across it stands behind it
    for (const row of rows) row._at = Math.max(row.days_of_cover, visual.line);
    const axis = ranked(rows, "_at", context);
    const pixels = roomBeside(axis.up, context.width) / axis.most;
    const isBefore = (row) => row.days_of_cover * pixels + widthOf(row._text) + 12 < visual.line * pixels;
    for (const row of rows) if (isBefore(row)) row._at = row.days_of_cover;
    return axis;
  },
  delivery(_visual, rows, context) {
    for (const row of rows) {
      row._text = `${write("count", row.quarantined_count)} of ${write("count", row.delivered_count)}`;
    }
    return ranked(rows, "quarantined_count", context);
  },
  heat: axes,
  stacked_columns: axes,
  lines(_visual, rows) {
    for (const row of rows) row._label = onTwoLines(row._label);
    return { across: rows.map((row) => row._label) };
  },
  columns(visual, rows, { width }) {
    const [main] = visual.measures;
    if (visual.id === "discount_effect") for (const row of rows) row._label += `\n${write("percent", row.margin_pct).replace(/[.,]\d/, "")}`;
    const texts = [rows.map((row) => barText(visual, row, true)), rows.map((row) => write(main.format, row[main.name], true))];
    const fitting = texts.find((some) => some.every((text) => widthOf(text) < width / rows.length - 6));
    rows.forEach((row, index) => (row._text = fitting ? fitting[index] : ""));
    return { across: rows.map((row) => row._label) };
  },
  daily(_visual, rows) {
    for (const row of rows) row._date = Date.parse(row.day);
  },
  // a day's score is that of its worst file
  quality(_visual, rows) {
    const worst = new Map();
    for (const row of rows) {
      row._date = Date.parse(row.batch_date);
      row._is_worst = false;
      const previous = worst.get(row.batch_date);
      const isKnown = row.quality_pct !== null;
      if (isKnown && (!previous || row.quality_pct < previous.quality_pct)) worst.set(row.batch_date, row);
    }
    for (const row of worst.values()) row._is_worst = true;
  },
  points(_visual, rows, { colours }) {
    for (const row of rows) row._colour = colourOf(row.product_category, colours);
    const prices = rows.map((row) => row.average_price).filter((price) => price > 0);
    return { span: [Math.min(...prices) / 1.1, 1.1 * Math.max(...prices)] };
  },
  tiles(_visual, rows, { map, width }) {
    const sold = new Map(rows.map((row) => [placeOf(row), row]));
    const drawn = map.map(([country, state, code, column, line]) => {
      const nothing = { country, state, revenue: 0, _tip: `${state}: nothing sold` };
      const row = sold.get(placeOf({ country, state })) || nothing;
      return { ...row, _tip: row._tip, _code: code, _x: column, _y: line, _text: row.revenue ? write("money", row.revenue, true) : "" };
    });
    const along = (name) => [...Array(Math.max(...drawn.map((tile) => tile[name])) + 1).keys()];
    const across = along("_x");
    if (Math.max(...drawn.map((tile) => widthOf(tile._text))) > width / across.length) for (const tile of drawn) tile._text = "";
    return { rows: drawn, across, up: along("_y") };
  },
  treemap,
  // an area of one point has no width
  pareto(_visual, rows) {
    const [firsts, lasts] = [rows, [...rows].reverse()].map((some) => new Map(some.map((row) => [row.abc_class, row])));
    rows.forEach((row, index) => {
      const isAlone = firsts.get(row.abc_class) === lasts.get(row.abc_class);
      row._from = isAlone ? (rows[index - 1]?.revenue_rank ?? 0) : null;
    });
  },
};

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) || []), row]);
  return [...groups];
}

const placeOf = ({ country, state }) => `${country}\u0001${state}`;

// The tiles of the country whose tiles cover most of the revenue; null where they do not cover half of it.
function mapOf(rows, tiles) {
  const all = total(rows, "revenue");
  const found = grouped(tiles, ([country]) => country).find(([, some]) => {
    const places = new Set(some.map(([country, state]) => placeOf({ country, state })));
    return 2 * total(rows.filter((row) => places.has(placeOf(row))), "revenue") > all;
  });
  return found ? found[1] : null;
}

const onTwoLines = (label) => label.replace(/ (so far|in part|\d{4})$/, "\n$1");

const colourOf = (value, colours) => (colours.includes(value) ? value : OTHERS);

// To ask for the font each time would lay out anew what has just been drawn.
let pen = null;

function widthOf(text) {
  if (!pen) {
    pen = document.createElement("canvas").getContext("2d");
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  }
  return pen.measureText(text).width;
}

// Names cut in their middle to so many pixels; those that are alike then end in what tells them apart.
function fitted(names, marks, room) {
  const cut = (name, mark) => {
    for (let kept = name.length; kept > 3; kept--) {
      const start = Math.ceil((2 * kept) / 3);
      const text = kept === name.length ? name : `${name.slice(0, start).trim()}…${name.slice(name.length - kept + start).trim()}`;
      if (widthOf(text + mark) <= room) return text + mark;
    }
    return name.slice(0, 3) + mark;
  };
  const texts = names.map((name) => cut(name, ""));
  const isAlike = (text) => texts.indexOf(text) !== texts.lastIndexOf(text);
  return texts.map((text, index) => (isAlike(text) ? cut(names[index], ` (${marks[index]})`) : text));
}

// Pixels that names leave to bars and their figures.
const roomBeside = (names, width) => Math.max(60, width - Math.max(...names.map(widthOf)) - 24);

// Bars with their names on the left, and room for their figures on the right.
function ranked(rows, field, { width }) {
  const marks = rows.map((row, index) => row.product_id || row.customer_id || row.country || index + 1);
  const up = fitted(rows.map((row) => row._label), marks, width > 480 ? 200 : 130);
  rows.forEach((row, index) => (row._label = up[index]));
  const room = roomBeside(up, width);
  const ends = rows.map((row) => ((row[field] ?? 0) * room) / Math.max(room - widthOf(row._text) - 12, room / 8));
  return { up, most: Math.max(0.001, ...ends) };
}

// Ratios that stand beside a bar's figure, and what they are of.
const RATIOS = { margin_pct: " margin", return_rate_pct: " of the units" };

function barText(visual, row, isRoomy) {
  if (visual.relation) {
    return `${write("decimal", row.days_of_cover)} days`;
  }
  const text = write(visual.measures[0].format, row[visual.measures[0].name], true);
  if (row.others) return text;
  const extra =
    visual.derived.find((derived) => derived.rule === "share") ||
    visual.measures.find((measure) => measure.name in RATIOS) ||
    visual.measures.find((measure, index) => index > 0 && visual.dimensions[0].name === "segment");
  if (!extra || !isRoomy) return text;
  return `${text} · ${write(extra.format, row[extra.name], true)}${RATIOS[extra.name] ?? ""}`;
}

// The first dimension goes across and the second up, except where time or hours belong across.
function axes(visual, rows, { width, axisOf }) {
  const [first, second] = visual.dimensions;
  const isAcross = visual.kind === "stacked_columns";
  const [x, y] = isAcross ? [first, second] : [second, first];
  const order = (dimension) => axisOf(dimension) ?? [...new Set(rows.map((row) => row[dimension.name]))].sort((a, b) => (a < b ? -1 : 1));
  const [across, up] = [order(x), order(y)];
  if (y.name.endsWith("_score")) up.reverse();
  const names = (values, { format }) => values.map((value) => (format === "month" ? onTwoLines(labelOfMonth(value, visual.shown)) : write(format, value)));
  const sizes = new Map(rows.map((row) => [row.cohort_month, row.cohort_size]));
  const sized = (name, index) => name.replace("\n", " ") + (visual.id === "cohort_retention" ? ` (${write("count", sizes.get(up[index]))})` : "");
  const [acrossNames, upNames] = [names(across, x), fitted(names(up, y).map(sized), up.map((_, index) => index + 1), width > 480 ? 200 : 150)];
  const [main] = [...visual.derived, ...visual.measures];
  const textOf = (value) => (main.format === "percent" ? writers.count.format(value ?? 0) : write(main.format, value, true));
  const texts = rows.map((row) => textOf(row[main.name]));
  const longest = texts.reduce((most, text) => (text.length > most.length ? text : most), "");
  const isRoomy = widthOf(longest) < roomBeside(upNames, width) / across.length;
  rows.forEach((row, index) => {
    row._x = acrossNames[across.indexOf(row[x.name])];
    row._place = up.indexOf(row[y.name]);
    row._y = upNames[row._place];
    row._text = isRoomy ? texts[index] : "";
    row._is_few = row.cohort_size < FEW_CUSTOMERS;
  });
  return { across: acrossNames, up: upNames };
}

// A squarified treemap in percent of both sides: categories first, brands within, the small ones together.
function treemap(_visual, rows, { width: pixels, colours }) {
  const ratio = Math.max(0.6, pixels / 300);
  const LEADING = 8;
  for (const row of rows) row._colour = colourOf(row.category, colours);
  const parts = grouped(rows, (row) => row._colour).map(([colour, members]) => {
    const leading = members.slice(0, LEADING);
    const others = members.slice(LEADING);
    const rest = total(others, "revenue");
    const label = counted(others.length, "more brand");
    if (others.length) {
      const tip = `${colour}: ${label}\nRevenue: ${write("money", rest)}`;
      leading.push({ category: colour, _colour: colour, revenue: rest, _label: label, _tip: tip, _short: `+${others.length}` });
    }
    return { members: leading, revenue: total(members, "revenue") };
  });
  const drawn = [];
  const box = { x: 0, y: 0, width: 100 * ratio, height: 100 };
  for (const [part, area] of squarify(parts, box)) {
    for (const [row, { x, y, width, height }] of squarify(part.members, area)) {
      const isRoomy = width / ratio > 11 && height > 8;
      const label = row._colour === row.category && row.brand ? row.brand : row._label;
      const room = ((width / ratio) * pixels) / 100 - 12;
      const [cut] = !isRoomy ? [""] : widthOf(label) > room && row._short ? [row._short] : fitted([label], [""], room);
      drawn.push({
        ...row,
        _tip: row._tip,
        _label: [label, row._short].includes(cut) || cut.includes("…") ? cut : "",
        _x0: x / ratio,
        _x1: (x + width) / ratio,
        _y0: 100 - y - height,
        _y1: 100 - y,
      });
    }
  }
  return { rows: drawn };
}

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
