const PAGE_OF_ROWS = 25;
const PRINTED_ROWS = 1000;

// A table whose columns sort, in pages, with a search where the visual is a table. Names lead to what the page opens.
class Table {
  constructor(root, visual, filters) {
    Object.assign(this, { root, visual, filters, rows: [], page: 0, sort: null, query: "", length: PAGE_OF_ROWS });
    if (visual.kind === "table" && !visual.limit) this.addSearch();
    this.frame = element("div", { class: "frame", tabindex: "0", role: "region", "aria-label": `Table: ${visual.title}` });
    this.pager = element("div", { class: "pager" });
    root.append(this.frame, this.pager);
  }

  // Paper is not turned: it has all rows that a person might read.
  print(isPrinted) {
    this.length = isPrinted ? PRINTED_ROWS : PAGE_OF_ROWS;
    if (!this.root.hidden) this.show(this.rows);
  }

  addSearch() {
    const input = element("input", {
      type: "search",
      id: `${this.visual.id}-search`,
      placeholder: "Name, id, category or brand",
      oninput: () => {
        this.query = input.value.trim().toLowerCase();
        this.page = 0;
        this.show(this.rows);
      },
    });
    this.root.append(element("p", { class: "search" }, element("label", { for: input.id }, "Search"), input));
  }

  chosen() {
    const texts = fieldsOf(this.visual).filter((field) => field.format === "text");
    const isFound = (row) => texts.some((field) => String(row[field.name] ?? "").toLowerCase().includes(this.query));
    const rows = this.query ? this.rows.filter(isFound) : [...this.rows];
    return this.sort ? rows.sort(byField([this.sort], {})) : rows;
  }

  show(rows) {
    this.rows = rows;
    const chosen = this.chosen();
    const pages = Math.max(1, Math.ceil(chosen.length / this.length));
    this.page = Math.min(this.page, pages - 1);
    const shown = chosen.slice(this.page * this.length, (this.page + 1) * this.length);
    const fields = fieldsOf(this.visual);
    const linked = this.filters.linked();
    const content = (field, row) => linked(field, row, write(field.format, shownIn(field, row)));
    const cells = (row) => fields.map((field) => element("td", { class: isNumber(field) ? "number" : field.format }, content(field, row)));
    this.frame.replaceChildren(
      element(
        "table",
        {},
        element("caption", { class: "unseen" }, this.visual.title),
        element("thead", {}, element("tr", {}, ...fields.map((field) => this.heading(field, isNumber(field))))),
        element("tbody", {}, ...shown.map((row) => element("tr", {}, ...cells(row)))),
      ),
    );
    this.showPager(chosen.length, pages);
  }

  heading(field, isNumber) {
    const current = this.sort === field.name ? "ascending" : this.sort === `-${field.name}` ? "descending" : "none";
    const sort = () => {
      this.sort = current === "descending" ? field.name : `-${field.name}`;
      this.page = 0;
      this.show(this.rows);
      this.frame.querySelector(`[data-field="${field.name}"]`).focus();
    };
    const button = element("button", { type: "button", "data-field": field.name, onclick: sort }, field.label);
    return element("th", { scope: "col", class: isNumber ? "number" : null, "aria-sort": current }, button);
  }

  showPager(count, pages) {
    const turn = (by) => () => {
      this.page += by;
      this.show(this.rows);
    };
    const first = this.page * this.length;
    const last = Math.min(first + this.length, count);
    const places = last > first + 1 ? `${first + 1} to ${last}` : last;
    const text = count ? `${places} of ${write("count", count)}` : "No row";
    const isOnePage = pages === 1;
    this.pager.replaceChildren(
      element("span", { role: "status" }, text),
      ...(isOnePage
        ? []
        : [
            element("button", { type: "button", disabled: this.page === 0, onclick: turn(-1) }, "Previous"),
            element("button", { type: "button", disabled: this.page === pages - 1, onclick: turn(1) }, "Next"),
          ]),
    );
  }
}
