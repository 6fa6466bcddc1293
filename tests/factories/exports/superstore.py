"""A line in the form of the Superstore data set."""

SUPERSTORE_LINE = {
    "Row ID": "1",
    "Order ID": "CA-2016-152156",
    "Order Date": "11/18/2016",
    "Ship Date": "11/21/2016",
    "Customer ID": "CG-12520",
    "Customer Name": "Claire Gute",
    "Country": "United States",
    "City": "Henderson",
    "State": "Kentucky",
    "Product ID": "FUR-BO-10001798",
    "Category": "Furniture",
    "Sub-Category": "Bookcases",
    "Product Name": "Bookcase",
    "Sales": "261.96",
    "Quantity": "2",
    "Discount": "0",
    "Profit": "41.9136",
}
