// How figures, periods and rows are written.

let writers = null;

function setLocale({ locale, currency }) {
  const number = (options) => new Intl.NumberFormat(locale, options);
  const money = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const short = { notation: "compact", maximumSignificantDigits: 3 };
  writers = {
    money: number({ ...money, maximumFractionDigits: 0 }),
    exactMoney: number(money),
    shortMoney: shortened({ ...money, ...short }, { ...money, maximumFractionDigits: 0 }, number),
    count: number({ maximumFractionDigits: 0 }),
    shortCount: shortened(short, { maximumFractionDigits: 0 }, number),
    oneDecimal: number({ minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    decimal: number({ minimumFractionDigits: 1, maximumFractionDigits: 2 }),
    twoDecimals: number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
    month: new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" }),
    shortDay: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }),
    date: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }),
  };
}

// Where a language has no short form of a number, three digits of it would look exact.
function shortened(short, whole, number) {
  const [writer, exact] = [number(short), number(whole)];
  const isShort = (value) => writer.formatToParts(value).some(({ type }) => type === "compact");
  return { format: (value) => (isShort(value) ? writer : exact).format(value) };
}

const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");

function write(format, value, isShort = false) {
  return written(format, value, isShort).replace(/^-(?=[\d.])|^-(?=\D\d)/, "−");
}

function written(format, value, isShort) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === true || value === false) return value ? "yes" : "no";
  switch (format) {
    case "money":
      if (Math.abs(value) < 1000 && Number.isInteger(value) && isShort) return writers.money.format(value);
      if (Math.abs(value) >= 1000 && isShort) return writers.shortMoney.format(value);
      return (Math.abs(value) < 1000 ? writers.exactMoney : writers.money).format(value);
    case "percent":
      return `${writers.oneDecimal.format(value)} %`;
    case "count":
      return (isShort && Math.abs(value) >= 10000 ? writers.shortCount : writers.count).format(value);
    case "decimal":
      return (isShort ? writers.twoDecimals : writers.decimal).format(value);
    case "month":
      return writers.month.format(Date.parse(`${value}-01`));
    case "date":
      return writers.date.format(Date.parse(value));
    default:
      return String(value);
  }
}

// Whether the currency has a coin for it: half a yen would be written as the next whole one.
function isPayable(value) {
  const { maximumFractionDigits: digits } = writers.exactMoney.resolvedOptions();
  return Math.abs(value) >= 1000 || Math.abs(value - value.toFixed(digits)) < 1e-9;
}

// What the axes of a chart are labelled with, by the names that charts/look.py uses.
const WORDS = {
  money: (value) => (isPayable(value) ? plain(write("money", value, true)) : ""),
  percent: (value) => `${value} %`,
  count: (value) => plain(write("count", value, true)),
  decimal: (value) => plain(write("decimal", value)),
  day_label: (value, isLong) => (isLong ? writers.month : writers.shortDay).format(value),
};

// Of fewer, a share says little: one more is four percent and more.
const FEW_CUSTOMERS = 25;

const FILE_NAMES = {
  customers: "Customers",
  products: "Products",
  transactions: "Transactions",
  transaction_items: "Transaction items",
  returns: "Returns",
};

// Every column of a visual's rows, in the order of its table.
function fieldsOf(visual) {
  if (visual.relation) return visual.columns;
  const fields = [...visual.dimensions, ...visual.measures, ...visual.derived];
  if (visual.kind !== "figure") return fields;
  return [
    ...visual.measures,
    { name: "compared_from", label: "Compared from", format: "date" },
    { name: "compared_to", label: "Compared to", format: "date" },
    { name: "previous_period", label: "Compared with", format: visual.measures[0].format },
    visual.measures[0].format === "percent"
      ? { name: "change", label: "Change, points", format: "decimal" }
      : { name: "change", label: "Change, percent", format: "percent" },
  ];
}

// What a table shows of a row in a field's column: figures to the right, text and days to the left.
const shownIn = ({ name }, row) => (name === "table_name" && FILE_NAMES[row[name]]) || row[name];

const isNumber = ({ format }) => !["text", "date", "month"].includes(format);

let isOneCountry = true;

const labelOfMonth = (month, shown) => write("month", month) + partOf({ month }, shown);

// A period as it is written: months where these are whole.
function spanOf({ first, last }) {
  const isOfMonths = first.endsWith("-01") && last === endOfMonth(last);
  return plain(writers[isOfMonths ? "month" : "date"].formatRange(Date.parse(first), Date.parse(last)));
}

// In, on or during a period.
function whenOf(period) {
  const isOfMonths = period.first.endsWith("-01") && period.last === endOfMonth(period.last);
  return `${period.first === period.last ? "on" : isOfMonths ? "in" : "during"} ${spanOf(period)}`;
}

// How many there are of what a noun names, and a verb's form that goes with a number.
const counted = (count, noun) => `${write("count", count)} ${noun}${count === 1 ? "" : "s"}`;
const verb = (count, [one, many]) => (count === 1 ? one : many);
const WAS = ["was", "were"];

// Some of all, with the verb that goes with them.
const someOf = (some, all, noun, forms) => `${write("count", some)} of ${counted(all, noun)} ${verb(all === 1 ? all : some, forms)}`;

// Values that say little by themselves.
const NAMED = {
  month: labelOfMonth,
  cohort_month: labelOfMonth,
  week: (week, shown) => write("date", week) + partOf({ week }, shown),
  hour: (value) => `${value}:00`,
  months_since: (value) => `month ${value}`,
  recency_score: (value) => `recency ${value}`,
  frequency_score: (value) => `frequency ${value}`,
};

// What a row is called: its dimensions, without the id where there is a name.
function labelOf(visual, row) {
  const names = visual.relation ? [visual.columns[visual.columns[0].format === "date" ? 1 : 0]] : visual.dimensions;
  if (row.product_name !== undefined) return row.product_name;
  if (row.full_name !== undefined) return row.full_name;
  if (row.state !== undefined) return stateName(row.state, row.country, isOneCountry);
  if (row.table_name !== undefined) return FILE_NAMES[row.table_name] || row.table_name;
  if (row.value_band !== undefined) return `from ${write("money", row.value_band, true)}`;
  return names.map((name) => (NAMED[name.name] || ((value) => write(name.format, value)))(row[name.name], visual.shown)).join(", ");
}

const tipOf = (visual, row) =>
  fieldsOf(visual)
    .filter((field) => row[field.name] !== null && row[field.name] !== undefined)
    .map((field) => `${field.label}: ${write(field.format, row[field.name])}`)
    .join("\n");
