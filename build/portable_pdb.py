"""What a portable PDB says: the names of its documents, and every text in it (ECMA-335 II.24, Portable PDB v1.0)."""
import struct
import zlib


def number(data, at):
    """A compressed number, and the place behind it."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    return (first & 0x1F) << 24 | int.from_bytes(data[at + 1 : at + 4], "big"), at + 4


def streams(data):
    """The streams by name: #Blob, #~, …"""
    (length,) = struct.unpack_from("<I", data, 12)
    at = 20 + length  # behind the version, the flags and the count
    found = {}
    for _ in range(struct.unpack_from("<H", data, at - 2)[0]):
        offset, size = struct.unpack_from("<II", data, at)
        end = data.index(b"\0", at + 8)
        found[data[at + 8 : end].decode()] = data[offset : offset + size]
        at = end + 4 - (end - at) % 4
    return found


def blob(heap, place):
    size, start = number(heap, place)
    return heap[start : start + size]


def blobs(heap):
    at = 1
    while at < len(heap):
        size, start = number(heap, at)
        yield heap[start : start + size]
        at = start + size


def document(heap, name):
    """A name is its separator and the places of its parts."""
    separator, at, parts = name[:1].decode(), 1, []
    while at < len(name):
        place, at = number(name, at)
        parts.append(blob(heap, place).decode() if place else "")
    return separator.join(parts)


def documents(data):
    """The names of the source files. Their table is the first of those that a PDB has."""
    found = streams(data)
    tables, heap = found["#~"], found["#Blob"]
    (valid,) = struct.unpack_from("<Q", tables, 8)
    counts = struct.unpack_from(f"<{valid.bit_count()}I", tables, 24)
    place = "<I" if tables[6] & 4 else "<H"
    width = 2 * struct.calcsize(place) + 2 * (4 if tables[6] & 2 else 2)
    start = 24 + 4 * len(counts)
    rows = [struct.unpack_from(place, tables, start + width * row)[0] for row in range(counts[0])]
    return [document(heap, blob(heap, row)) for row in rows]


def source(content):
    """An embedded source is packed, or stands there as it is behind four zeros; anything else is nothing."""
    try:
        return zlib.decompress(content[4:], -15)
    except zlib.error:
        return b""


def texts(data):
    """Everything in which a path could stand."""
    yield data
    yield from (name.encode() for name in documents(data))
    yield from (source(content) for content in blobs(streams(data)["#Blob"]))


def links(data):
    """What SourceLink says, in JSON; empty where it says nothing."""
    return next((text.decode() for text in blobs(streams(data)["#Blob"]) if text.startswith(b'{"documents"')), "")
