import pyarrow.parquet as pq
import pytest

from training.readiness.coverage import coverage_findings, measure_coverage


def with_products(tables, products, **columns):
    tables.order_lines([0, 1, 2, 3], amount=[100, 100, 100, 700], **columns)
    return tables.write("products", **products)


def test_the_share_of_filled_rows_is_that_of_the_rows_with_a_value(tables, opened):
    lines = opened(tables.order_lines([0, 1, 2, 3], product_id=["a", None, "b", None], store_id=["s"] * 4))
    found = measure_coverage(lines)
    assert found.filled == {"order_lines.product_id": 0.5, "order_lines.store_id": 1.0}
    assert "order_lines.quantity" in found.not_brought
    assert "products" in found.tables_not_brought


def test_files_without_statistics_are_counted(tables, opened):
    tables.order_lines([0, 1, 2, 3], product_id=["a", None, "b", None])
    file = tables.workspace.tables / "order_lines.parquet"
    pq.write_table(pq.read_table(file), file, write_statistics=False)
    assert measure_coverage(opened(tables)).filled == {"order_lines.product_id": 0.5}


def test_lines_and_sales_are_covered_by_known_products(tables, opened):
    products = {"product_id": ["a", "b"], "category": ["x", None], "subcategory": [None, None]}
    lines = opened(with_products(tables, products, product_id=["a", "b", "zz", None]))
    found = measure_coverage(lines)
    assert (found.product_id.lines, found.product_id.sales) == (0.75, 0.3)
    assert (found.products.lines, found.products.sales) == (0.5, 0.2)
    assert (found.category.lines, found.category.sales) == (0.25, 0.1)
    assert found.subcategory.lines == 0.0


def test_products_that_are_not_known_are_named(tables, opened):
    products = {"product_id": ["1", "2"], "category": ["x", "y"]}
    lines = opened(with_products(tables, products, product_id=["001", "001", "002", "1"]))
    (finding,) = coverage_findings(measure_coverage(lines), lines)
    assert (finding.name, finding.rows, finding.examples) == ("unknown_products", 3, ("001", "002"))
    assert finding.mend.startswith("75% of the lines name a product that is not in 'products'")


def test_products_without_a_category_are_told(tables, opened):
    products = {"product_id": ["a", "b"], "category": ["x", None]}
    lines = opened(with_products(tables, products, product_id=["a", "b", "b", "b"]))
    findings = coverage_findings(measure_coverage(lines), lines)
    assert [one.name for one in findings] == ["category_missing"]
    assert "25% of the lines and 10% of the sales" in findings[0].mend


def test_a_column_that_is_nearly_empty_is_told_where_features_read_it(tables, opened):
    empty = [None] * 99 + [1.0]
    lines = opened(tables.order_lines(range(100), quantity=empty, promised_at=[None] * 100))
    (finding,) = coverage_findings(measure_coverage(lines), lines)
    assert (finding.name, finding.column) == ("hardly_filled", "quantity")
    assert finding.mend.startswith("1.0% of the rows have a value")


def test_of_no_products_nothing_is_covered(tables, opened):
    found = measure_coverage(opened(tables.order_lines([0, 1])))
    assert found.product_id == found.products == found.category == pytest.approx(found.category)
    assert found.product_id.lines == 0.0
