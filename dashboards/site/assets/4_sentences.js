// What a chart says in one sentence.

function extremes(rows, field, shown) {
  const isKnown = (row) => row[field] !== null && row[field] !== undefined;
  const all = rows.filter(isKnown);
  const over = all.filter((row) => !shown || !partOf(row, shown));
  const known = over.length ? over : all;
  const best = known.reduce((top, row) => (!top || row[field] > top[field] ? row : top), null);
  const least = known.reduce((low, row) => (!low || row[field] < low[field] ? row : low), null);
  return [best, least, known.length];
}

// The most and the least, of full months or weeks where there are some.
function sayExtremes(rows, { name: field, format }, say, [most, least], { shown }) {
  const name = rows[0].week === undefined ? "month" : "week";
  const [best, worst, count] = extremes(rows, field, shown);
  const isPart = rows.some((row) => partOf(row, shown)) && !partOf(best, shown);
  const of = isPart ? ` of the full ${name}s` : "";
  if (count > 1 && best === worst) return `The same in all ${write("count", count)}${of}: ${write(format, best[field], true)}.`;
  if (best === worst) return isPart ? `Of the full ${name}s only ${say(best)}.` : `Only ${say(best)}.`;
  return `${most}${of}: ${say(best)}. ${least}: ${say(worst)}.`;
}

const NOTHING = {
  reason: "Nothing came back that fits period and filters.",
  cohort_month: "Nobody bought for the first time in this period.",
  quality: "Nothing was delivered in this period.",
  delivery: "Nothing was delivered.",
};

// One sentence of what a chart shows, from its rows: for those who do not see it, and for those in a hurry.
function summaryOf(visual, rows) {
  if (!rows.length && visual.line && !visual.counts.soldOut) return "Of the products that these filters choose today, none was sold lately.";
  if (!rows.length && visual.line) return `Nothing that is in stock was sold lately; sold out: ${counted(visual.counts.soldOut, "product")}.`;
  if (!rows.length) return NOTHING[visual.dimensions[0]?.name] ?? NOTHING[visual.kind] ?? NOTHING[visual.period] ?? "Nothing was sold that fits period and filters.";
  const main = visual.derived.find((derived) => derived.rule === "per_base") || visual.measures[0];
  if (main?.name === "returns" && visual.kind !== "figure" && rows.every((row) => !row.returns && !row.units_returned)) return NOTHING.reason;
  const say = (row) => `${labelOf(visual, row)} with ${write(main.format, row[main.name], true)}`;
  switch (visual.kind) {
    case "figure":
      return figureSummary(visual, rows[0]);
    case "stacked_columns": {
      const months = [...new Set(rows.map((row) => row.month))];
      const month = months.filter((one) => !partOf({ month: one }, visual.shown)).pop() || months.pop();
      const ofMonth = rows.filter((row) => row.month === month);
      const fresh = total(ofMonth.filter((row) => row.customer_kind === "New"), main.name);
      const all = total(ofMonth, main.name);
      const name = labelOfMonth(month, visual.shown);
      if (!all) return `In ${name} nobody bought.`;
      const share = write("percent", (100 * fresh) / all);
      return `In ${name} ${counted(fresh, "customer")} ${verb(fresh, WAS)} new, ${share} of all who bought.`;
    }
    case "columns":
      if (visual.id === "discount_effect") return discountSummary(rows);
    // falls through
    case "lines": {
      const [before] = visual.kind === "lines" ? visual.derived : [];
      const isNew = before && rows.every((row) => row[before.name] === null);
      const range = sayExtremes(rows, main, say, ["Most", "Least"], visual);
      return isNew ? `${range} Of the year before nothing is known.` : range;
    }
    case "heat": {
      const after = visual.id === "cohort_retention" ? rows.filter((row) => row.months_since > 0) : rows;
      const many = after.filter((row) => !(row.cohort_size < FEW_CUSTOMERS));
      const later = many.some((row) => row[main.name] !== null) ? many : after;
      const [best] = extremes(later, main.name);
      if (!best) return "No month after the first is over yet.";
      const of = later.length < after.length ? ` of cohorts of ${FEW_CUSTOMERS} or more` : "";
      const [across, up] = visual.dimensions.map(({ name }) => new Set(rows.map((row) => row[name])).size);
      const isFull = visual.id === "cohort_retention" || rows.length === across * up;
      return sayExtremes(later, main, say, [`Highest${of}`, isFull ? `Lowest${of}` : "Lowest that is not empty"], visual);
    }
    case "pareto": {
      const few = rows.filter((row) => row.abc_class === "A").length;
      if (!few) return "No product brought revenue.";
      const share = write("percent", (100 * few) / rows.length);
      return `${write("count", few)} of ${counted(rows.length, "product")} (${share}) ${verb(few, ["brings", "bring"])} the first 80 % of the revenue.`;
    }
    case "points": {
      const losing = rows.filter((row) => row.profit < 0).length;
      const [best] = extremes(rows, "profit");
      const earning = best.profit > 0 ? `${best.product_name} earns most, ${write("money", best.profit, true)}` : "No product earns anything";
      return `${earning}; ${losing ? counted(losing, "product") : "no product"} at a loss.`;
    }
    case "daily": {
      const unusual = rows.filter((row) => row.is_anomaly).length;
      const [best] = extremes(rows, "revenue");
      const top = best.revenue > 0 ? `the best was ${write("date", best.day)} with ${write("money", best.revenue, true)}` : "none brought revenue";
      return `${someOf(unusual, rows.length, "day", WAS)} unusual; ${top}.`;
    }
    case "quality": {
      const [, least] = extremes(rows, "quality_pct");
      if (!least) return "Of no delivery in this period the quality is known.";
      if (least.quality_pct === 100) return "Every row of every delivery was accepted.";
      return `Lowest: ${labelOf(visual, least)} of ${write("date", least.batch_date)} with ${write("percent", least.quality_pct)}.`;
    }
    case "delivery": {
      const bad = rows.reduce((sum, row) => sum + row.quarantined_count, 0);
      const all = rows.reduce((sum, row) => sum + row.delivered_count, 0);
      return `${write("count", bad)} of ${counted(all, "row")} of ${write("date", rows[0].batch_date)} went to quarantine.`;
    }
    case "table":
      return `${counted(rows.length, "row")}, first ${labelOf(visual, rows[0])}.`;
    default:
      return defaultSummary(visual, rows, main, say);
  }
}

function figureSummary(visual, row) {
  const [measure] = visual.measures;
  const now = `${measure.label}: ${write(measure.format, row[measure.name])}`;
  if (visual.comparison === "none") return `${now}.`;
  if (row.change === null) return `${now}; ${whyNoChange(row)}.`;
  const way = isUnchanged(row) ? "unchanged" : `${row.change < 0 ? "down" : "up"} ${changeOf(measure, row.change)}`;
  return `${now}, ${way} from ${comparedOf(measure, row)}.`;
}

const changeOf = (measure, change) =>
  `${writers.oneDecimal.format(Math.abs(change))}${measure.format === "percent" ? " points" : " %"}`;

const isUnchanged = ({ change }) => Math.abs(change) < 0.05;

const comparedOf = ({ format }, row, isShort = false) =>
  `${write(format, row.previous_period, isShort)} (${spanOf({ first: row.compared_from, last: row.compared_to })})`;

function whyNoChange(row) {
  if (row.previous_period) return "nothing in this period";
  if (!row.compared_from) return "nothing full to compare with";
  return `nothing ${whenOf({ first: row.compared_from, last: row.compared_to })}`;
}

// Whether lines with a discount have more units, and what it costs.
function discountSummary(rows) {
  const [without, discounted] = [rows.filter((row) => row.discount_range === "0%"), rows.filter((row) => row.discount_range !== "0%")];
  const [bare, given] = [without, discounted].map((some) => {
    const [units, lines, revenue, profit] = ["units", "lines", "revenue", "profit"].map((name) => total(some, name));
    return { lines, perLine: units / lines, margin: (100 * profit) / revenue };
  });
  if (!bare.lines || !given.lines) return `No line was sold ${bare.lines ? "with" : "without"} a discount.`;
  const more = 100 * (given.perLine / bare.perLine - 1);
  const answer = Math.abs(more) < 3 ? "About as many" : more > 0 ? "More" : "Fewer";
  const units = `${write("decimal", given.perLine, true)} units a line with a discount, ${write("decimal", bare.perLine, true)} without`;
  return `${answer}: ${units}. The margin is ${write("percent", given.margin)} with one, ${write("percent", bare.margin)} without.`;
}

// Of all that are in stock and sold, not of those alone that are listed.
function coverSummary({ counts: { inStock, late, soldOut }, line }, rows) {
  const first = `${rows[0].product_name} lasts ${write("decimal", rows[0].days_of_cover)} days.`;
  const listed = inStock > rows.length ? `; listed are the ${rows.length} that last shortest` : "";
  const others = soldOut ? ` ${counted(soldOut, "more product")} ${verb(soldOut, ["is", "are"])} sold out.` : "";
  return `${first} ${someOf(late, inStock, "selling product", ["runs", "run"])} out before ${line} days have passed${listed}.${others}`;
}

function defaultSummary(visual, rows, main, say) {
  if (visual.relation) return coverSummary(visual, rows);
  const [best] = extremes(rows, main.name);
  if (rows.length === 1) return `Only ${say(best)}.`;
  const all = total(rows, main.name);
  const isAll = main.numerator && main.numerator.terms && !main.denominator && !visual.limit && all > 0;
  const share = isAll ? ` (${write("percent", (100 * best[main.name]) / all)})` : "";
  const [next, ...others] = rows.filter((row) => row !== best).sort((a, b) => b[main.name] - a[main.name]);
  if (next[main.name] === best[main.name]) {
    const more = others.filter((row) => row[main.name] === best[main.name]).length;
    const who = more ? `${labelOf(visual, best)} and ${counted(more + 1, "other")}` : `${labelOf(visual, best)} and ${labelOf(visual, next)}`;
    return `${who} lead with ${write(main.format, best[main.name], true)} each.`;
  }
  const then = `, then ${labelOf(visual, next)} with ${write(main.format, next[main.name], true)}`;
  return `${labelOf(visual, best)} leads with ${write(main.format, best[main.name], true)}${share}${then}.`;
}
