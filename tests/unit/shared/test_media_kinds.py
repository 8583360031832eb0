"""What a file is, by its content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.media.kinds import is_shown, kind_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isom"


@pytest.mark.parametrize(
    ("head", "declared", "kind"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/jpeg", "image/png"),
        (b"GIF89a\1\0", None, "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", None, "audio/wav"),
        (b"OggS\0\2" + bytes(22) + b"OpusHead", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"ID3\4\0", "audio/mpeg", "audio/mpeg"),
        (b"#!AMR\n<", "audio/amr", "audio/amr"),
        (MP4, "video/mp4", "video/mp4"),
        (b"\0\0\0\x1cftypM4A ", "audio/mp4", "audio/mp4"),
        (b"%PDF-1.7\n", "application/pdf", "application/pdf"),
        (b"PK\3\4\x14\0\6\0", DOCX, DOCX),
        (b"PK\3\4\x14\0\6\0", "image/png", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", "application/msword"),
        ("nome;idade\nJoão;3".encode(), "text/csv", "text/csv"),
        (b"BEGIN:VCARD\n", "text/vcard", "text/vcard"),
        (b"bom dia", "image/png", "text/plain"),
        (b"", "image/png", "text/plain"),
    ],
)
def test_known_files_are_recognised(head: bytes, declared: str | None, kind: str) -> None:
    """What a messenger carries, by its first bytes."""
    assert kind_of(head, declared) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html><p>",
        b"\xef\xbb\xbf \n<HTML>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'>",
        b"<?xml version='1.0'?><svg>",
        b"<!-- x --><script>x()</script>",
        b"<a><b>",
        b"MZ\x90\0\3\0",
        b"\x7fELF\2\1\1\0",
        b"\0\1\2\3unknown",
        b"%!PS-Adobe",
    ],
)
@pytest.mark.parametrize("declared", [None, "image/jpeg", "image/svg+xml", "video/mp4", "audio/ogg"])
def test_programs_are_never_shown_in_place(head: bytes, declared: str | None) -> None:
    """Whatever their sender says they are."""
    assert not is_shown(kind_of(head, declared))


@given(head=st.binary(max_size=300), declared=st.text(max_size=30) | st.none())
def test_any_bytes_have_a_kind(head: bytes, declared: str | None) -> None:
    """One that fits into a header, and that was not simply believed."""
    kind = kind_of(head, declared)

    assert kind.isascii()
    assert kind.count("/") == 1
    assert len(kind) <= 100
    assert not set(kind) & set(" ;\r\n")


@given(rest=st.binary(max_size=300))
def test_a_picture_is_one_only_by_its_own_mark(rest: bytes) -> None:
    """Nothing that does not begin like a picture is served as one."""
    if is_shown(kind_of(b"<" + rest, "image/png")):
        pytest.fail(f"shown: {rest!r}")
