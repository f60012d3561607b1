# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads the events of an EPCIS document in XML that is written in the usual way, in one pass.

Usual is a small part of XML: no comments, references or sections of data, names in ASCII, prefixes
declared at the root. All else, and whatever is not well-formed, gives up on the whole document: the
hub's own reader says what it is. Must not know what fields mean.
"""

from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_CheckExact,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
)
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memcmp

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL

cdef enum Kind:
    TEXT
    LISTED
    RECORD
    RECORDS
    TYPED
    WRAPPER

_KINDS = {
    "text": TEXT,
    "list": LISTED,
    "record": RECORD,
    "records": RECORDS,
    "typed": TYPED,
    "wrapper": WRAPPER,
}
_DECLARATIONS = tuple(
    b'<?xml version="1.0"' + encoding + b"?>"
    for encoding in (b"", b' encoding="UTF-8"', b' encoding="utf-8"')
)
_RESERVED = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")

cdef enum:
    MOST_ATTRIBUTES = 16
    DEEPEST = 8  # of wrappers, and again of extensions: together less than what the hub allows
    MOST_KEYS = 4096
    LONGEST_KEY = 256
    SHORT = 15  # so many digits are exact


cdef struct Part:
    const unsigned char *data
    Py_ssize_t size
    Py_ssize_t colon  # of a name: where it stands; -1 of one without


cdef struct Scan:
    # A byte that no text may hold stands behind the last one, so that every search ends there.
    const unsigned char *data
    Py_ssize_t at
    Py_ssize_t end


cdef int odd() except -1:
    raise ValueError("not of the usual form")


cdef inline bint begins_name(unsigned char sign) noexcept:
    return c"a" <= sign <= c"z" or c"A" <= sign <= c"Z" or sign == c"_"


cdef inline bint is_in_name(unsigned char sign) noexcept:
    return begins_name(sign) or c"0" <= sign <= c"9" or sign == c"-" or sign == c"."


cdef inline bint is_rare(Scan *s) noexcept:
    """True where two of the signs may stand that no XML holds."""
    return s.data[s.at] == 0xEF and s.data[s.at + 1] == 0xBF


cdef inline void skip_space(Scan *s) noexcept:
    while s.data[s.at] in b" \t\r\n":
        s.at += 1


cdef inline int expect(Scan *s, unsigned char sign) except -1:
    if s.data[s.at] != sign:
        return odd()
    s.at += 1
    return 0


cdef int name(Scan *s, Part *found) except -1:
    cdef Py_ssize_t start = s.at
    found.data, found.colon = s.data + start, -1
    if not begins_name(s.data[s.at]):
        return odd()
    while True:
        s.at += 1
        if s.data[s.at] == c":" and found.colon < 0:
            found.colon = s.at - start
            if not begins_name(s.data[s.at + 1]):
                return odd()
        elif not is_in_name(s.data[s.at]):
            break
    found.size = s.at - start
    return 0


cdef int quoted(Scan *s, Part *found) except -1:
    """The value of an attribute, from its equals sign."""
    cdef unsigned char quote, sign
    skip_space(s)
    expect(s, c"=")
    skip_space(s)
    quote = s.data[s.at]
    if quote != c'"' and quote != c"'":
        return odd()
    s.at += 1
    found.data = s.data + s.at
    found.size = s.at
    while True:
        sign = s.data[s.at]
        if sign == quote:
            break
        if sign < 0x20 or sign == c"<" or sign == c"&" or is_rare(s):
            return odd()
        s.at += 1
    found.size = s.at - found.size
    s.at += 1
    return 0


cdef int attribute(Scan *s, Part *found, Part *value) except -1:
    """The next attribute of a tag; 0 when there is none and the tag ends."""
    cdef Py_ssize_t start = s.at
    skip_space(s)
    if s.data[s.at] == c">":
        s.at += 1
        return 0
    if s.at == start:
        return odd()
    name(s, found)
    quoted(s, value)
    return 1


cdef inline int opened(Scan *s, Part *tag) except -1:
    """A tag without attributes, from its name."""
    name(s, tag)
    skip_space(s)
    return expect(s, c">")


cdef inline int closed(Scan *s, Part *tag) except -1:
    """The end of an element."""
    if s.data[s.at] != c"<" or s.data[s.at + 1] != c"/":
        return odd()
    s.at += 2
    if s.end - s.at <= tag.size or memcmp(s.data + s.at, tag.data, tag.size) != 0:
        return odd()
    s.at += tag.size
    skip_space(s)
    return expect(s, c">")


cdef inline bint inside(Scan *s) except -1:
    """Goes to the next child's name; False at the end of the element that holds it."""
    skip_space(s)
    if s.data[s.at] != c"<":
        return odd()
    if s.data[s.at + 1] == c"/":
        return False
    s.at += 1
    return True


cdef str decoded(const unsigned char *data, Py_ssize_t size):
    """Text without the spaces around it."""
    cdef str text = PyUnicode_DecodeUTF8(<const char *>data, size, NULL)
    if size and (data[0] <= 0x20 or data[0] >= 0x80 or data[size - 1] <= 0x20 or data[size - 1] >= 0x80):
        return text.strip()
    return text


cdef str text_of(Scan *s):
    """The text up to the next tag."""
    cdef Py_ssize_t start = s.at
    cdef unsigned char sign
    while True:
        sign = s.data[s.at]
        if sign == c"<":
            break
        if sign < 0x20 and sign != c"\t" and sign != c"\n":
            odd()
        if sign == c"&" or (sign == c"]" and s.data[s.at + 1] == c"]"):
            odd()
        if is_rare(s):
            odd()
        s.at += 1
    return decoded(s.data + start, s.at - start)


cdef class Field:
    """How one element of an event is read.

    Args:
        key: of the plain event.
        kind: `text`, `list` (of texts), `record`, `records`, `typed` or `wrapper`.
        rank: its place in the order of elements; below zero when it has none.
        item: the name of the elements in a list.
        inner: names of a record's fields, and whether each is a number.
    """

    cdef int kind, rank
    cdef str key, item_key
    cdef bytes item
    cdef dict inner

    def __init__(self, str key, kind, rank, str item, inner):
        self.key, self.kind, self.rank = key, _KINDS[kind], rank
        self.item_key, self.item = item, item.encode()
        self.inner = {name.encode(): (name, number) for name, number in inner.items()}


cdef class XmlEvents:
    """Reads documents.

    Args:
        fields: name of an element -> key, kind, rank, item and inner fields (`Field`).
        types: names of events.
        own: namespaces whose names are EPCIS's own.
        refused: keys of extensions that mean something else.
        number: of a text that is no short whole number.
    """

    cdef dict fields, types, keys
    cdef frozenset own, refused
    cdef object number

    def __init__(self, fields, types, own, refused, number):
        self.fields = {name.encode(): Field(*each) for name, each in fields.items()}
        self.types = {name.encode(): name for name in types}
        self.own, self.refused = frozenset(own), frozenset(refused)
        self.number, self.keys = number, {}

    def read(self, value):
        """The plain events of a document; None of one that is not written in the usual way."""
        cdef Scan s
        cdef dict spaces = {}
        cdef list found = []
        cdef Part root, body, listed
        if not PyBytes_CheckExact(value) or not value:
            return None
        s.data = <const unsigned char *>PyBytes_AS_STRING(value)
        s.at, s.end = 0, PyBytes_GET_SIZE(value)
        try:
            self.begin(&s, value, spaces, &root)
            named(&s, &body, b"EPCISBody")
            named(&s, &listed, b"EventList")
            while inside(&s):
                found.append(self.event(&s, spaces))
            closed(&s, &listed)
            skip_space(&s)
            closed(&s, &body)
            skip_space(&s)
            closed(&s, &root)
            skip_space(&s)
        except ValueError:
            return None
        return found if found and s.at == s.end else None

    cdef int begin(self, Scan *s, bytes value, dict spaces, Part *root) except -1:
        """The root's tag, and the namespaces that it declares by their prefixes."""
        cdef Part found, content
        cdef list others = []
        cdef Py_ssize_t count = 0
        if s.data[1] == c"?":
            for each in _DECLARATIONS:
                if value.startswith(each):
                    s.at = len(each)
            if s.at == 0:
                return odd()
            skip_space(s)
        expect(s, c"<")
        name(s, root)
        while attribute(s, &found, &content):
            count += 1
            if count > MOST_ATTRIBUTES:
                return odd()
            whole = raw(&found)
            if whole == b"xmlns":
                return odd()
            if found.colon == 5 and whole.startswith(b"xmlns:"):
                self.declare(whole[6:], decoded(content.data, content.size), content.size, spaces)
            else:
                local = whole[found.colon + 1 :]
                if local in [each for _, each in others]:
                    return odd()
                others.append((whole[: max(found.colon, 0)], local))
        for prefix, _ in others:
            if prefix and prefix not in spaces:
                return odd()
        prefix = PyBytes_FromStringAndSize(<const char *>root.data, max(root.colon, 0))
        if prefix and spaces.get(prefix) not in self.own:
            return odd()
        whole = raw(root)
        return 0 if whole[root.colon + 1 :] == b"EPCISDocument" else odd()

    cdef int declare(self, bytes prefix, str space, Py_ssize_t size, dict spaces) except -1:
        if len(space.encode()) != size or not space or "}" in space:
            return odd()
        if prefix in spaces or prefix[:3].lower() == b"xml" or space in _RESERVED:
            return odd()
        spaces[prefix] = space
        return 0

    cdef dict event(self, Scan *s, dict spaces):
        cdef Part tag
        cdef PyObject *kind
        cdef dict event
        cdef int rank = -1
        opened(s, &tag)
        kind = PyDict_GetItemWithError(self.types, raw(&tag))
        if kind == NULL:
            odd()
        event = {"type": <object>kind}
        self.members(s, event, spaces, &rank, 0)
        closed(s, &tag)
        return event

    cdef int members(self, Scan *s, dict event, dict spaces, int *rank, int depth) except -1:
        cdef Part tag
        cdef PyObject *known
        cdef Field field
        if depth > DEEPEST:
            return odd()
        while inside(s):
            opened(s, &tag)
            if tag.colon >= 0:
                self.extend(s, event, &tag, spaces, 0)
                continue
            known = PyDict_GetItemWithError(self.fields, raw(&tag))
            if known == NULL:
                return odd()
            field = <Field>known
            if field.kind == WRAPPER:
                self.members(s, event, spaces, rank, depth + 1)
                closed(s, &tag)
                continue
            if field.rank >= 0:
                if field.rank < rank[0]:
                    return odd()
                rank[0] = field.rank
            if field.key in event:
                return odd()
            event[field.key] = self.value(s, field, spaces)
            closed(s, &tag)
        return 0

    cdef object value(self, Scan *s, Field field, dict spaces):
        cdef Part tag
        cdef list found
        if field.kind == TEXT:
            return text_of(s)
        if field.kind == RECORD:
            return self.record(s, field, spaces)
        found = []
        while inside(s):
            if field.kind == TYPED:
                found.append(self.typed(s, field))
                continue
            opened(s, &tag)
            if not is_named(&tag, field.item):
                odd()
            if field.kind == LISTED:
                found.append(text_of(s))
            else:
                found.append(self.record(s, field, spaces))
            closed(s, &tag)
        return found

    cdef dict typed(self, Scan *s, Field field):
        """An element whose only attribute may be its type."""
        cdef Part tag, given, value
        cdef dict found = {}
        name(s, &tag)
        if not is_named(&tag, field.item):
            odd()
        if attribute(s, &given, &value):
            if not is_named(&given, b"type"):
                odd()
            found["type"] = decoded(value.data, value.size)
            if attribute(s, &given, &value):
                odd()
        found[field.item_key] = text_of(s)
        closed(s, &tag)
        return found

    cdef dict record(self, Scan *s, Field field, dict spaces):
        cdef Part tag
        cdef PyObject *known
        cdef dict found = {}
        while inside(s):
            opened(s, &tag)
            if tag.colon >= 0:
                self.extend(s, found, &tag, spaces, 0)
                continue
            known = PyDict_GetItemWithError(field.inner, raw(&tag))
            if known == NULL:
                odd()
            key, is_number = <object>known
            text = text_of(s)
            if not text or key in found:
                odd()
            found[key] = self.number_of(text) if is_number else text
            closed(s, &tag)
        return found

    cdef object number_of(self, str text):
        cdef Py_ssize_t at, size = len(text)
        if size > SHORT:
            return self.number(text)
        for at in range(size):
            if not u"0" <= text[at] <= u"9":
                return self.number(text)
        return int(text)

    cdef int extend(self, Scan *s, dict holder, Part *tag, dict spaces, int depth) except -1:
        """Put an extension under its key, from behind its tag."""
        key = self.key(tag, spaces)
        if key in holder:
            return odd()
        holder[key] = self.extension(s, spaces, depth)
        return closed(s, tag)

    cdef object extension(self, Scan *s, dict spaces, int depth):
        """Text, or children by their keys."""
        cdef Part tag
        cdef dict found
        text = text_of(s)
        if s.data[s.at + 1] == c"/":
            return text
        if text or depth > DEEPEST:
            odd()
        found = {}
        while inside(s):
            opened(s, &tag)
            self.extend(s, found, &tag, spaces, depth + 1)
        return found

    cdef str key(self, Part *tag, dict spaces):
        """A name as `{namespace}local`, or as it is without a prefix."""
        cdef PyObject *space
        cdef PyObject *known
        cdef bytes local
        if tag.colon < 0:
            return PyUnicode_DecodeUTF8(<const char *>tag.data, tag.size, NULL)
        space = PyDict_GetItemWithError(
            spaces, PyBytes_FromStringAndSize(<const char *>tag.data, tag.colon)
        )
        if space == NULL or <object>space in self.own:
            odd()
        local = PyBytes_FromStringAndSize(
            <const char *>tag.data + tag.colon + 1, tag.size - tag.colon - 1
        )
        place = <object>space, local
        known = PyDict_GetItemWithError(self.keys, place)
        if known != NULL:
            return <object>known
        key = "{" + <str>space + "}" + local.decode()
        if key in self.refused:
            odd()
        if PyBytes_GET_SIZE(local) + len(<str>space) > LONGEST_KEY:
            return key
        if len(self.keys) >= MOST_KEYS:
            self.keys.clear()
        self.keys[place] = key
        return key


cdef inline bytes raw(Part *part):
    return PyBytes_FromStringAndSize(<const char *>part.data, part.size)


cdef inline bint is_named(Part *part, bytes given):
    return part.size == PyBytes_GET_SIZE(given) and (
        memcmp(part.data, PyBytes_AS_STRING(given), part.size) == 0
    )


cdef int named(Scan *s, Part *tag, bytes given) except -1:
    """The tag of the next child, which has this name."""
    if not inside(s):
        return odd()
    opened(s, tag)
    return 0 if is_named(tag, given) else odd()

