// The sales and returns behind a figure, as SQL on mart.

const FACT = "fct_sales.";
const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;
const together = (texts) => (texts.length > 1 ? `(${texts.join(", ")})` : texts[0]);

// What rows must fulfil to be counted: the days that the figure counts, what is chosen, and of a list what it lists.
function whereOf({ dimensions, limit }, rows, { period, ...chosen }, columns) {
  const { state, country } = columns;
  const filtered = isOneCountry ? columns : { ...columns, state: `${state} || ', ' || ${country}` };
  const isAny = (column, values) => `${column} in (${values.join(", ")})`;
  const key = (day) => day.replaceAll("-", "");
  const listed = dimensions.map(({ name }) => name).filter((name) => name in columns);
  return [
    `${columns.date_key} between ${key(period.first)} and ${key(period.last)}`,
    ...Object.entries(chosen).map(([name, values]) => isAny(filtered[name], [...values].map(quoted))),
    ...(limit && rows.length
      ? [isAny(together(listed.map((name) => columns[name])), rows.map((row) => together(listed.map((name) => quoted(row[name])))))]
      : []),
  ];
}

// A query for each fact that is added up: of net sales, the sales and the returns.
function queryOf({ visual, rows, chosen }, { queries, columns }) {
  const ofFact = (fact) => Object.fromEntries(Object.entries(columns).map(([name, sql]) => [name, sql.replaceAll(FACT, `${fact}.`)]));
  const queryOfFact = (fact) => queries[fact].replace("{conditions}", () => whereOf(visual, rows, chosen, ofFact(fact)).join("\n    and "));
  return [`-- ${visual.title}: ${spanOf(chosen.period)}`, visual.facts.map(queryOfFact).join("\n\n"), ""].join("\n");
}

// A page from a file may be refused the clipboard: then the text is shown.
async function copyQuery(button, title, query) {
  try {
    await navigator.clipboard.writeText(query);
  } catch {
    showQuery(title, query);
    return;
  }
  announce(`Copied the query of ${title}.`);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "SQL"), 1500);
}

function showQuery(title, query) {
  const text = element("textarea", { readonly: true, rows: Math.min(24, query.split("\n").length), "aria-label": `Query of ${title}`, spellcheck: "false" });
  text.value = query;
  const close = element("button", { type: "button", class: "close", onclick: () => shown.close() }, "Close");
  const said = element("p", { class: "shown" }, "The browser does not let this page copy. The text is selected: copy it from here.");
  const record = element("div", { class: "record" }, element("header", {}, element("h2", { id: "query-title" }, `Behind ${title}`), close, said), text);
  const shown = element("dialog", { class: "query", "aria-labelledby": "query-title", onclose: () => shown.remove() }, record);
  document.body.append(shown);
  shown.showModal();
  text.select();
}
