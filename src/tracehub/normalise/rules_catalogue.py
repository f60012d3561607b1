"""Rules of the product catalogue; which event they speak of is data of its lists.

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import FAULT, NOTE, Rule

_LISTS: Final = "the product list in force"

INACTIVE: Final = Rule(
    "catalogue/category-inactive",
    FAULT,
    "the product category is in no list that holds in the region of the event on its day; a local "
    "category needs a local list",
    "该产品类别不在事件发生地当日有效的目录中；地方类别须由地方目录列入",
    _LISTS,
)
LISTED_ELSEWHERE: Final = Rule(
    "catalogue/listed-elsewhere",
    FAULT,
    "the catalogue lists this product in another category than the topic it was published to; "
    "publish it to the topic of its own category",
    "目录将该产品列入另一类别，与发布主题不一致；请发布到所属类别的主题",
    _LISTS,
)
EVENT_TYPE: Final = Rule(
    "catalogue/event-type",
    FAULT,
    "events of this category may not be of this type",
    "该类别不允许此事件类型",
    _LISTS,
)
EVENT_TYPE_NOTE: Final = Rule(
    "catalogue/event-type-unusual",
    NOTE,
    "events of this category are not usually of this type",
    "该类别通常不使用此事件类型",
    _LISTS,
)
CODE_FAMILY: Final = Rule(
    "catalogue/code-family",
    FAULT,
    "products of this category must be named by a code of another family",
    "该类别的产品须使用其他编码体系",
    _LISTS,
)
CODE_FAMILY_NOTE: Final = Rule(
    "catalogue/code-family-unusual",
    NOTE,
    "products of this category are usually named by a code of another family",
    "该类别的产品通常使用其他编码体系",
    _LISTS,
)
IDENTIFIER: Final = Rule(
    "catalogue/identifier-missing",
    FAULT,
    "an identifier that this category must have is missing",
    "缺少该类别必需的标识",
    _LISTS,
)
IDENTIFIER_NOTE: Final = Rule(
    "catalogue/identifier-advised",
    NOTE,
    "an identifier that this category should have is missing",
    "缺少该类别建议的标识",
    _LISTS,
)
FIELD: Final = Rule(
    "catalogue/field-missing",
    FAULT,
    "a field that this category must have at this business step is missing",
    "缺少该类别在此业务环节必需的字段",
    _LISTS,
)
FIELD_NOTE: Final = Rule(
    "catalogue/field-advised",
    NOTE,
    "a field that this category should have at this business step is missing",
    "缺少该类别在此业务环节建议的字段",
    _LISTS,
)
