# Reads the values of rows: from their places or put together, and converted.

cdef class Place:
    """`(root, ((name, at, field, text), ...))`: names on the way; of a list under one, an element
    by its index, or the first whose field says so.
    """

    cdef int root
    cdef bint plain
    cdef tuple names, steps

    def __init__(self, tuple place):
        self.root, self.steps = _ROOTS[place[0]], place[1]
        self.names = tuple(step[0] for step in self.steps)
        self.plain = all(step[1] < 0 and not step[2] for step in self.steps)


cdef inline object present(object value):
    """A value, unless it is an empty text, list or object."""
    if PyUnicode_CheckExact(value):
        return value if PyUnicode_GET_LENGTH(value) else None
    if PyDict_CheckExact(value) or PyList_CheckExact(value):
        return value if value else None
    return value


cdef object look_up(Place place, object node, Given *given):
    """What stands at a place; None when that is nothing."""
    cdef Py_ssize_t at
    cdef PyObject *found
    if place.root != SOURCE:
        if place.root == DOCUMENT:
            node = <object>given.document
        else:
            node = <object>(given.category if place.root == CATEGORY else given.listed)
    for at in range(PyTuple_GET_SIZE(place.names)):
        if not PyDict_CheckExact(node):
            return None
        found = PyDict_GetItemWithError(node, <object>PyTuple_GET_ITEM(place.names, at))
        if found == NULL:
            return None
        node = <object>found
        if not place.plain:
            node = picked(node, <tuple>PyTuple_GET_ITEM(place.steps, at))
    return present(node)


cdef object picked(object found, tuple step):
    """The element of a list that a step asks for, if it asks for one."""
    _, at, field, text = step
    if at < 0 and not field:
        return found
    if not PyList_CheckExact(found):
        return None
    if at >= 0:
        return found[at] if at < len(found) else None
    for each in found:
        if PyDict_CheckExact(each) and (<dict>each).get(field) == text:
            return each
    return None


cdef object first(tuple places, object source, Given *given):
    """The first of several places that holds something."""
    cdef Py_ssize_t at
    for at in range(PyTuple_GET_SIZE(places)):
        value = look_up(<Place>PyTuple_GET_ITEM(places, at), source, given)
        if value is not None:
            return value
    return None


cdef class Text:
    """`(parts, places, changes, text_of)`: what stands before, between and behind its fields."""

    cdef tuple parts, places, changes
    cdef object text_of

    def __init__(self, tuple text):
        self.parts = text[0]
        self.places = tuple(Place(each) for each in text[1])
        self.changes = tuple(tuple(Change(*one) for one in each) for each in text[2])
        self.text_of = text[3]


cdef object joined(tuple texts, object source, Given *given):
    """The first of several texts whose fields are all there."""
    cdef Py_ssize_t at
    for at in range(PyTuple_GET_SIZE(texts)):
        value = put_together(<Text>PyTuple_GET_ITEM(texts, at), source, given)
        if value is not None:
            return value
    return None


cdef object put_together(Text text, object source, Given *given):
    cdef Py_ssize_t at
    cdef list pieces = None
    for at in range(PyTuple_GET_SIZE(text.places)):
        value = look_up(<Place>PyTuple_GET_ITEM(text.places, at), source, given)
        if value is not None:
            value = changed(<tuple>PyTuple_GET_ITEM(text.changes, at), value)
        if value is None:
            return None
        if not PyUnicode_CheckExact(value):
            value = text.text_of(value)
        if pieces is None:
            pieces = [<object>PyTuple_GET_ITEM(text.parts, 0)]
        PyList_Append(pieces, value)
        PyList_Append(pieces, <object>PyTuple_GET_ITEM(text.parts, at + 1))
    return PyUnicode_Join("", pieces)


cdef class Change:
    """A conversion: a word for what it does to a text, itself, and what the word asks for.

    `enum` asks for its table and what stands for every other word, `percent` for what writes a
    text of at most so many signs, `call` may have a quicker function for texts.
    """

    cdef int word
    cdef object all_of, of_text, otherwise
    cdef dict table
    cdef Py_ssize_t longest

    def __init__(self, word, conversion, *more):
        self.word, self.all_of, self.of_text = _WORDS[word], conversion, conversion
        if self.word == ENUM:
            self.table, self.otherwise = more
        elif self.word == PERCENT:
            self.of_text, self.longest = more
        elif self.word == CALL and more:
            self.of_text = more[0]


cdef object changed(tuple changes, object value):
    """Conversions one after another; what one takes for nothing is not given to the next."""
    cdef Py_ssize_t at
    for at in range(PyTuple_GET_SIZE(changes)):
        value = change(<Change>PyTuple_GET_ITEM(changes, at), value)
        if value is None:
            return None
    return value


cdef object change(Change by, object value):
    cdef PyObject *found
    cdef int word = by.word
    if not PyUnicode_CheckExact(value):
        return by.all_of(value)
    if word == TEXT:
        return value
    if word == STRIP:
        return stripped(value)
    if word == ENUM:
        found = PyDict_GetItemWithError(by.table, value)
        value = by.otherwise if found == NULL else <object>found
        if value is None:
            odd()
        return value
    if word == UPPER:
        return value if has_none(value, c"a", c"z") else (<str>value).upper()
    if word == LOWER:
        return value if has_none(value, c"A", c"Z") else (<str>value).lower()
    if word == PERCENT:
        if is_unreserved(value):
            return value
        return (by.of_text if PyUnicode_GET_LENGTH(value) <= by.longest else by.all_of)(value)
    if word == GUID:
        return "urn:uuid:" + value if is_guid(value) else by.all_of(value)
    if word == CODE:
        value = stripped(value)
        return value if has_scheme(value) else by.all_of(value)
    return by.of_text(value)


cdef object stripped(object text):
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(text)
    if size and not (
        Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, 0))
        or Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, size - 1))
    ):
        return text
    return (<str>text).strip()


cdef bint has_none(object text, unsigned char low, unsigned char high):
    """True for a text in ASCII without the letters between two."""
    cdef Py_ssize_t at
    cdef const unsigned char *data
    if not PyUnicode_IS_ASCII(text):
        return False
    data = PyUnicode_1BYTE_DATA(text)
    for at in range(PyUnicode_GET_LENGTH(text)):
        if low <= data[at] <= high:
            return False
    return True


cdef inline bint is_word(unsigned char sign):
    return c"a" <= sign <= c"z" or c"A" <= sign <= c"Z" or c"0" <= sign <= c"9"


cdef bint is_unreserved(object text):
    """True for letters, digits, `.`, `_`, `~` and `-` alone (RFC 3986)."""
    cdef Py_ssize_t at
    cdef const unsigned char *data
    if not PyUnicode_IS_ASCII(text):
        return False
    data = PyUnicode_1BYTE_DATA(text)
    for at in range(PyUnicode_GET_LENGTH(text)):
        if not is_word(data[at]) and data[at] not in (c"-", c".", c"_", c"~"):
            return False
    return True


cdef bint is_guid(object text):
    """True for a GUID in lower case."""
    cdef Py_ssize_t at
    cdef const unsigned char *data
    if not PyUnicode_IS_ASCII(text) or PyUnicode_GET_LENGTH(text) != 36:
        return False
    data = PyUnicode_1BYTE_DATA(text)
    for at in range(36):
        if at in (8, 13, 18, 23):
            if data[at] != c"-":
                return False
        elif not (c"0" <= data[at] <= c"9" or c"a" <= data[at] <= c"f"):
            return False
    return True


cdef bint has_scheme(object text):
    """True when a text begins as a URI does."""
    cdef Py_ssize_t at
    cdef Py_UCS4 sign
    for at in range(PyUnicode_GET_LENGTH(text)):
        sign = PyUnicode_READ_CHAR(text, at)
        if sign == c":":
            return at > 0
        if sign > 0x7F or not is_word(<unsigned char>sign):
            if at == 0 or sign not in (c"+", c".", c"-"):
                return False
        elif at == 0 and sign <= c"9":
            return False
    return False
