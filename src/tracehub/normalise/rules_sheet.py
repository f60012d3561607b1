"""Rules about a CSV or Excel file as a whole, and about its cells. Must not know any column."""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import FAULT, Rule

_LIMITS: Final = "design choice: limits of bad input"

ENCODING: Final = Rule(
    "sheet/encoding",
    FAULT,
    "the file is not text in the encoding it was sent as; save it as UTF-8, or send "
    "`text/csv; charset=gb18030`",
    "文件不是所声明编码的文本；请另存为 UTF-8，或以 `text/csv; charset=gb18030` 发送",
    "RFC 7111; design choice",
)
SYNTAX: Final = Rule(
    "sheet/syntax",
    FAULT,
    "the file is no CSV or Excel workbook that can be read; save it again as .csv or .xlsx",
    "文件不是可读取的 CSV 或 Excel 工作簿；请另存为 .csv 或 .xlsx",
    "RFC 4180; ECMA-376",
)
ARCHIVE: Final = Rule(
    "sheet/archive",
    FAULT,
    "the workbook unpacks to too much, or holds files that none should; save it again without "
    "pictures and macros",
    "工作簿解压后过大或含有不应有的文件；请去除图片和宏后另存",
    _LIMITS,
)
EXTENT: Final = Rule(
    "sheet/extent",
    FAULT,
    "the cells of the sheet lie too far apart, or a row of it is too long; delete what stands "
    "beside the table, or split it",
    "工作表单元格分布过广，或某一行过长；请删除表格以外的内容，或拆分文件",
    _LIMITS,
)
NO_TITLES: Final = Rule(
    "sheet/no-titles",
    FAULT,
    "the first row holds no column titles; put them there",
    "第一行没有列标题；请在第一行填写列标题",
    "design choice",
)
TITLES: Final = Rule(
    "sheet/titles",
    FAULT,
    "a column title occurs twice, or there are more than 200 columns",
    "列标题重复，或超过 200 列",
    "design choice",
)
FORMULA: Final = Rule(
    "sheet/formula",
    FAULT,
    "the cell begins like a formula; enter its value as text",
    "单元格以公式符号开头；请填写数值或文本",
    "design choice: OWASP, CSV injection",
)
