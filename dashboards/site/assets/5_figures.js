// A visual on the page: its chart, its table, its CSV and its sentence, all from the same rows.

// What a click on a mark chooses.
const PICKED = new Set(["category", "country", "state", "payment_method", "month", "segment"]);

const LESS_IS_BETTER = new Set(["discount_rate_pct", "returns", "units_returned", "return_rate_pct"]);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A row as it is drawn. Of hundreds only some are ever asked what they say.
class DrawnRow {
  #visual;
  #tip = null;

  constructor(visual, row) {
    Object.assign(this, row, { _label: labelOf(visual, row) });
    this.#visual = visual;
  }

  get _tip() {
    return (this.#tip ??= tipOf(this.#visual, this));
  }
}

class Figure {
  constructor(visual, specs, context) {
    this.visual = visual;
    this.declared = visual;
    this.kind = visual.kind;
    this.specs = specs;
    this.context = context;
    this.rows = [];
    this.root = document.getElementById(visual.id);
    this.part = (name) => this.root.querySelector(`.${name}`);
    this.table = new Table(this.part("rows"), visual, context.filters);
    this.isTable = visual.kind === "table";
    const toggle = this.part("to-table");
    if (toggle) {
      toggle.addEventListener("click", () => {
        const isShown = toggle.getAttribute("aria-expanded") !== "true";
        toggle.setAttribute("aria-expanded", String(isShown));
        this.part("rows").hidden = !isShown;
        if (isShown) this.table.show(this.rows);
      });
    }
    const chart = this.part("chart");
    if (chart) pointAt(chart, this);
    this.part("to-csv").addEventListener("click", () => this.download());
    this.part("to-png")?.addEventListener("click", () => this.savePicture());
    this.part("to-sql")?.addEventListener("click", ({ target }) => copyQuery(target, visual.title, queryOf(this, context.queries)));
  }

  undrawn() {
    if (this.kind === "pareto") return "";
    const [drawn, all] = [thinned(this.visual, this.kind, this.rows), this.rows].map((rows) =>
      this.kind === "heat" ? new Set(rows.map((row) => row.category)).size : rows.length,
    );
    if (drawn >= all) return "";
    const [which, most] = this.kind === "points" ? ["Drawn", "revenue"] : ["Drawn by name", this.visual.measures[0].label.toLowerCase()];
    return ` ${which} are the ${drawn} with most ${most}, the table has all ${write("count", all)}.`;
  }

  // Places that were sold to and have no tile.
  unmapped() {
    if (this.kind !== "tiles") return "";
    const tiles = new Set(this.map.map(([country, state]) => placeOf({ country, state })));
    const others = this.rows.filter((row) => !tiles.has(placeOf(row)));
    const named = others.slice(0, 3).map((row) => `${labelOf(this.visual, row)} (${write("money", row.revenue, true)})`);
    const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
    return others.length ? ` Not on the map: ${named.join(", ")}${more}.` : "";
  }

  // What the chart draws, and the signals it is drawn with.
  picture(width) {
    // copies: of a row that it has drawn before, Vega would not see what changed
    const rows = thinned(this.visual, this.kind, this.rows).map((row) => new DrawnRow(this.visual, row));
    if (this.kind === "bars") rows.push(...othersOf(this.visual, [...this.rows.slice(rows.length), ...this.visual.beyond]));
    const context = { colours: this.context.colours, map: this.map, axisOf: this.axisOf, width };
    const prepared = PREPARE[this.kind]?.(this.visual, rows, context);
    return { rows, ...legendOf(this.visual, prepared?.rows ?? rows, context.colours), ...prepared };
  }

  // Draws nothing where there is nothing to draw, which the sentence says.
  async update() {
    const chart = this.part("chart");
    if (!chart?.isConnected || chart.hidden) return;
    const spec = this.specs[this.kind === this.visual.kind ? this.visual.id : `${this.visual.id}_as_bars`];
    if (this.spec !== spec) this.view = await this.embed(chart, spec);
    const { width } = this;
    const { rows, ...signals } = this.picture(width);
    if (this.context.colours.length) signals.colours = this.context.colours;
    for (const [name, value] of Object.entries(signals)) this.view.signal(name, value);
    await this.view.width(width).data("rows", rows).runAsync();
  }

  async embed(chart, spec) {
    this.view?.finalize();
    this.spec = spec;
    const tooltip = this.kind in NEAREST ? () => {} : showTip;
    const options = { mode: "vega", renderer: "svg", actions: false, tooltip, expressionFunctions: WORDS };
    const { view } = await vegaEmbed(chart, spec, { ...options, logLevel: 1 });
    const isTouchScreen = matchMedia("(hover: none)").matches;
    chart.classList.toggle("is-picked", (this.isPicked || this.isLink) && !isTouchScreen);
    view.addEventListener("click", (event, item) => {
      const spot = this.kind in NEAREST ? nearestSpot(chart, this.kind, event) : null;
      // a finger cannot hover: it asks what a mark says
      if (!isTouchScreen) this.pick(spot ? spot.row : item?.datum);
      else if (spot) showSpot(spot);
      else showTip(null, event, item, item?.datum);
    });
    // the figure says what its picture shows, and the table every figure in it
    chart.querySelector("svg").setAttribute("aria-hidden", "true");
    return view;
  }

  // What is drilled has no list of filters beside it, by which a choice would be undone.
  get isPicked() {
    return !this.context.drilled && !this.visual.relation && this.visual.dimensions.some(({ name }) => PICKED.has(name));
  }

  get isLink() {
    const { drill } = this.context.filters;
    return Boolean(drill) && [...this.visual.dimensions, ...this.visual.columns].some(({ name }) => name === drill.of);
  }

  pick(row) {
    const { filters } = this.context;
    if (this.isLink && row?.[filters.drill.of]) filters.open(row[filters.drill.of]);
    else if (this.isPicked && row?._tip) filters.pick(row);
  }

  compute(cubes, tables, selection) {
    this.visual = this.table.visual = cubes.drawn(this.declared, selection.period);
    this.table.page = 0; // other rows stand on it
    this.chosen = chosenOf(this.visual, cubes, selection);
    this.rows = rowsOf(this.visual, cubes, tables, selection);
    this.axisOf = (dimension) => cubes.axisOf(dimension, this.visual, cubes.known(selection.period, this.visual));
    if (this.visual.kind === "tiles") {
      this.map = mapOf(this.rows, this.context.tiles);
      this.kind = this.map ? "tiles" : "bars";
      this.part("look").hidden = !this.map;
    }
    this.showKey();
    const sentence = summaryOf(this.visual, this.rows) + this.unmapped() + this.undrawn();
    this.part("summary").textContent = sentence;
    const chart = this.part("chart");
    const picture = this.part("to-png");
    if (picture) picture.disabled = !this.rows.length;
    if (chart) chart.setAttribute("aria-label", `${this.visual.title}. ${this.visual.question} ${sentence}`);
    this.limits = windowNote(this.visual, cubes, selection);
    this.part("window").textContent = this.limits;
    if (!this.part("rows").hidden) this.table.show(this.rows);
    if (this.visual.kind === "figure") drawFigure(this, cubes, selection);
  }

  // What the key says is drawn: some row has it.
  showKey() {
    for (const mark of this.root.querySelectorAll(".key li")) {
      const { field } = mark.dataset;
      mark.hidden = !this.rows.some((row) => row[field] !== false && row[field] !== null && row[field] !== undefined);
    }
  }

  download() {
    this.save(new Blob(["\ufeff", csvOf(this.visual, this.rows)], { type: "text/csv" }), "csv");
  }

  // Named by what it shows: how finely, too.
  save(blob, ending) {
    const { id, filters, dimensions } = this.visual;
    const shown = this.kind === "lines" ? id.replace(/_by_month$/, `_by_${dimensions[0].name}`) : id;
    save(blob, shown, this.context.filters.address(), filters, ending);
  }

  // The table as a sheet of the page's workbook: what acts on it, and what is said of it beside its picture.
  sheet({ settings }, today) {
    const { title, note } = this.visual;
    const fields = fieldsOf(this.visual);
    const unit = fields.some(({ format }) => format === "money") ? `Amounts in ${settings.currency}, as of` : "As of";
    return { title, lines: [this.acting(), `${unit} ${today}.`, note], fields, rows: this.rows };
  }

  // What of the period and the filters acts on the figures.
  acting() {
    const { filters } = this.context;
    const selection = filters.selection();
    const chosen = filters.filters
      .filter(({ name }) => this.visual.filters.includes(name) && selection[name])
      .map(({ name, label }) => `${label}: ${name === "period" ? spanOf(selection.period) : [...selection[name]].join(" or ")}`);
    if (this.context.drilled) chosen.unshift(`${filters.drill.label}: ${this.context.drilled}`);
    const compared = this.compared();
    if (compared) chosen.push(`Compared with: ${spanOf(compared)}`);
    return `${chosen.join("; ") || "Unfiltered"}. ${this.limits}`.trim();
  }

  // The days that the figures are compared with, where something is known of them.
  compared() {
    const [{ compared_from: first, compared_to: last } = {}] = this.rows;
    if (first) return { first, last };
    const { derived, compared } = this.visual;
    const before = derived.find(({ rule }) => rule === "previous_year");
    return before && this.rows.some((row) => row[before.name] !== null) ? compared : null;
  }

  async savePicture() {
    await shop.drawn; // what is not in view comes last
    const canvas = await pictureOf(this);
    canvas.toBlob((blob) => this.save(blob, "png"));
  }
}

// Says when a cube does not reach back to the beginning of the period, or does not know its days.
function windowNote(visual, cubes, { period }) {
  const first = cubes.firstMonthOf(visual);
  if (first > period.from) return `Shown from ${write("month", cubes.months[first])} on: more would be too much for a page.`;
  const known = cubes.known(period, visual);
  const isWhole = visual.filters.includes("period") && (known.first !== period.first || known.last !== period.last);
  if (!isWhole) return "";
  const whole = [known.first !== period.first && known.first, known.last !== period.last && known.last].filter(Boolean);
  const months = [...new Set(whole.map((day) => write("month", day.slice(0, 7))))].join(" and ");
  return `Of whole months, ${spanOf(known)}${visual.period === "month" ? `: days of ${months} would be too much for a page` : ""}.`;
}

function drawFigure(figure, cubes, selection) {
  const { visual, rows } = figure;
  const [measure] = visual.measures;
  const [row] = rows;
  figure.part("value").textContent = write(measure.format, row[measure.name], Math.abs(row[measure.name]) >= 100000);
  const change = figure.part("change");
  const { change: difference } = row;
  const isKnown = difference !== null;
  const isSame = isUnchanged(row);
  const sign = isSame ? "±" : difference > 0 ? "+" : "−";
  change.hidden = selection.period.comparison === "none";
  const isLarge = Math.abs(row.previous_period) >= 100000;
  change.textContent = isKnown ? `${sign}${changeOf(measure, difference)} on ${comparedOf(measure, row, isLarge)}` : whyNoChange(row);
  const isGood = LESS_IS_BETTER.has(measure.name) ? difference < 0 : difference > 0;
  change.dataset.way = isKnown && !isSame ? (isGood ? "good" : "bad") : "none";
  sparkline(figure, cubes, selection);
}

function sparkline(figure, cubes, selection) {
  const { visual } = figure;
  const [measure] = visual.measures;
  const lines = cubes.drawn({ ...visual, kind: "lines", derived: [] }, selection.period);
  const all = rowsOf(lines, cubes, {}, selection);
  // a month or week that is not whole would look like a fall
  const whole = all.filter((row) => !partOf(row, lines.shown));
  const values = (whole.length > 1 ? whole : all).map((row) => row[measure.name] ?? (measure.denominator ? null : 0));
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known, measure.format === "percent" ? Infinity : 0), Math.max(...known)];
  const step = 100 / Math.max(1, values.length - 1);
  const placed = (value, index) => `${(index * step).toFixed(2)},${(28 - (24 * (value - low)) / (high - low || 1)).toFixed(2)}`;
  // a ratio of nothing is none: there the line has a gap
  const isAlone = (index) => [index - 1, index + 1].every((beside) => (values[beside] ?? null) === null);
  const drawn = values.map((value, index) =>
    value === null ? "" : `${(values[index - 1] ?? null) === null ? "M" : "L"}${placed(value, index)}${isAlone(index) ? "h0.01" : ""}`,
  );
  figure.part("spark").firstElementChild.setAttribute("d", values.length > 1 ? drawn.join("") : known.length ? "M0,16H100" : "");
}
