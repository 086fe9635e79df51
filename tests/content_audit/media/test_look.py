from __future__ import annotations

import io

import pytest
from drawn import bomb, code, data_of, poster
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from content_audit.media import ocr
from content_audit.media.likeness import hashes_of
from content_audit.media.look import look
from content_audit.media.near import LIKE, distance
from content_audit.media.seen import Seen
from content_audit.model import Picture, Role, Why

ADDRESS = "https://example.com/a?b=1"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>'
    + "李四".encode()
    + b"</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def seen(data: bytes, *, with_words: bool = False) -> Seen:
    return look(Picture("p", data=data), ocr=with_words)


def with_code(image: Image.Image, text: str = ADDRESS) -> Image.Image:
    image.paste(code(text), (300, 180))
    return image


def whys(found: Seen) -> list[Why]:
    return [item.why for item in found.unread]


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        pytest.param("PNG", "RGB", id="png"),
        pytest.param("PNG", "P", id="palette"),
        pytest.param("PNG", "LA", id="grey with alpha"),
        pytest.param("PNG", "1", id="one bit"),
        pytest.param("JPEG", "RGB", id="jpeg"),
        pytest.param("JPEG", "CMYK", id="four-colour print jpeg"),
        pytest.param("WEBP", "RGB", id="webp"),
        pytest.param("BMP", "RGB", id="bmp"),
        pytest.param("TIFF", "RGB", id="tiff"),
        pytest.param("GIF", "P", id="gif"),
    ],
)
def test_a_code_is_read_in_every_kind_of_picture(form: str, mode: str) -> None:
    found = seen(data_of(with_code(poster()).convert(mode), form))
    assert (found.codes, [link.href for link in found.links], found.unread) == ((ADDRESS,), [ADDRESS], ())


def test_a_code_that_is_no_address_is_a_passage_and_no_link() -> None:
    found = seen(data_of(with_code(poster(), "票号 12345")))
    assert (found.codes, found.links) == (("票号 12345",), ())


def test_a_picture_turned_by_its_exif_has_the_pixels_of_the_upright_one() -> None:
    upright = with_code(poster())
    exif = Image.Exif()
    exif[274] = 6
    turned = data_of(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    found = seen(turned)
    assert found.hashes == seen(data_of(upright)).hashes
    assert found.size == upright.size


def test_the_same_picture_scaled_and_compressed_again_is_alike_and_another_is_not() -> None:
    first = poster("同一张图")
    again = Image.open(io.BytesIO(data_of(first.resize((500, 250)), "JPEG", quality=40))).convert("RGB")
    other = poster("同一张图").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    one = hashes_of(first).likeness
    assert distance(one, hashes_of(again).likeness) <= LIKE < distance(one, hashes_of(other).likeness)


def test_a_blank_picture_has_no_likeness() -> None:
    assert hashes_of(Image.new("RGB", (300, 300), "white")).likeness == ""
    assert distance("", "") > LIKE


def test_author_and_copyright_are_read_from_exif_xmp_and_png_texts() -> None:
    from PIL.PngImagePlugin import PngInfo

    exif = Image.Exif()
    exif[315] = "photographer"
    exif[33432] = "Copyright Agency"
    info = PngInfo()
    info.add_text("Author", "someone")
    jpeg = seen(data_of(poster(), "JPEG", exif=exif, xmp=XMP))
    png = seen(data_of(poster(), "PNG", pnginfo=info))
    assert {(mark.field, mark.text) for mark in jpeg.metadata} == {
        ("exif:Artist", "photographer"),
        ("exif:Copyright", "Copyright Agency"),
        ("xmp:creator", "李四"),
    }
    assert [(mark.field, mark.text) for mark in png.metadata] == [("png:Author", "someone")]
    assert ("p/png:Author", "someone") in [(one.locator, one.text) for one in png.passages]


def test_credit_and_byline_are_read_from_iptc() -> None:
    def row(number: int, text: str) -> bytes:
        body = text.encode()
        return b"\x1c\x02" + bytes([number]) + len(body).to_bytes(2, "big") + body

    block = row(80, "王五") + row(110, "Some Agency")
    photoshop = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block
    segment = b"\xff\xed" + (len(photoshop) + 2).to_bytes(2, "big") + photoshop
    jpeg = data_of(poster(), "JPEG")
    found = seen(jpeg[:2] + segment + jpeg[2:])
    assert {(mark.field, mark.text) for mark in found.metadata} == {
        ("iptc:By-line", "王五"),
        ("iptc:Credit", "Some Agency"),
    }


def test_entities_in_xmp_are_not_expanded_and_the_picture_is_read() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x><creator>&b;</creator></x>'
    found = seen(data_of(with_code(poster()), "JPEG", xmp=laughs))
    assert (found.metadata, found.codes) == ((), (ADDRESS,))


def test_the_label_of_generated_pictures_is_a_fact() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("AIGC", '{"Label":"1"}')
    assert seen(data_of(poster(), "PNG", pnginfo=info)).ai_marked
    assert not seen(data_of(poster())).ai_marked


def test_each_distinct_frame_of_an_animation_is_looked_at_once() -> None:
    plain, coded = poster(), with_code(poster())
    data = data_of(
        plain, "GIF", save_all=True, append_images=[plain, coded, coded, plain], duration=[100, 110, 120, 130, 140]
    )
    found = seen(data)
    assert (found.frames, found.codes, found.unread) == (3, (ADDRESS,), ())


def test_an_animation_of_more_frames_than_are_looked_at_is_unread_in_part() -> None:
    many = [poster().rotate(9 * step) for step in range(40)]
    found = seen(data_of(many[0], "GIF", save_all=True, append_images=many[1:]))
    assert whys(found) == [Why.TOO_MANY]
    assert found.frames == 32


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", Why.UNREADABLE, id="nothing"),
        pytest.param(b"GIF89a", Why.UNREADABLE, id="a head alone"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Why.TO_PICTURE, id="svg"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Why.TO_PICTURE, id="heic"),
        pytest.param(b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(60), Why.TO_PICTURE, id="emf"),
        pytest.param(b"\xd7\xcd\xc6\x9a" + bytes(40), Why.TO_PICTURE, id="wmf"),
        pytest.param(bomb(50_000, 50_000), Why.TOO_BIG, id="decompression bomb"),
        pytest.param(bomb(60_000, 100), Why.TOO_BIG, id="one side too long"),
        pytest.param(bomb(9_000, 9_000), Why.TOO_BIG, id="more pixels than are read"),
    ],
)
def test_what_is_no_readable_picture_is_unread_with_its_reason(data: bytes, why: Why) -> None:
    found = seen(data)
    assert (whys(found), found.frames) == ([why], 0)


def test_a_cut_jpeg_is_unread_and_not_half_audited() -> None:
    whole = data_of(with_code(poster("半张图")), "JPEG", quality=95)
    found = seen(whole[: len(whole) // 2])
    assert (whys(found), found.codes) == ([Why.UNREADABLE], None)


def test_a_picture_the_export_only_points_to_is_unread() -> None:
    assert whys(look(Picture("p", href="https://example.com/a.png"), ocr=False)) == [Why.NO_BYTES]


def test_without_the_engine_the_words_are_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "version", lambda: "")
    found = seen(data_of(poster("看不到")), with_words=True)
    assert (whys(found), found.words, found.frames) == ([Why.NO_OCR], None, 1)


needs_ocr = pytest.mark.skipif(not ocr.version(), reason="the ocr extra is not installed")


@needs_ocr
def test_words_are_read_with_their_boxes() -> None:
    found = seen(data_of(poster("全国最佳品牌")), with_words=True)
    (line,) = [one for one in found.passages if one.role is Role.PICTURE]
    assert line.text == "全国最佳品牌"
    left, top, right, bottom = map(int, line.locator.rpartition(" ")[2].split(","))
    assert 20 <= left < right <= 320
    assert 30 <= top < bottom <= 110
    assert found.engine.startswith("rapidocr")


@needs_ocr
def test_white_words_on_a_transparent_ground_are_read() -> None:
    from drawn import font
    from PIL import ImageDraw

    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((40, 60), "稳赚不赔高收益", font=font(48), fill="white")
    assert seen(data_of(image), with_words=True).words == "稳赚不赔高收益"


@needs_ocr
def test_a_tall_picture_is_read_from_top_to_bottom_each_line_once() -> None:
    from drawn import font
    from PIL import ImageDraw

    image = Image.new("RGB", (700, 5000), "white")
    draw = ImageDraw.Draw(image)
    tops = [40, 1500, 1540 + 40, 2960, 4900]
    words = ["第一行文字", "接缝之前文字", "接缝之后文字", "第四行文字", "最后一行文字"]
    for top, text in zip(tops, words, strict=True):
        draw.text((40, top), text, font=font(), fill="black")
    found = seen(data_of(image), with_words=True)
    assert found.words is not None
    assert found.words.split("\n") == words


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["", "PNG", "JPEG", "GIF", "BMP"]), st.integers(0, 2000))
def test_any_bytes_are_seen_or_unread_with_a_reason(noise: bytes, form: str, at: int) -> None:
    whole = data_of(poster(size=(300, 300)), form) if form else b""
    place = at % (len(whole) + 1)
    found = seen(whole[:place] + noise + whole[place + len(noise) :])
    assert found.frames > 0 or found.unread


def test_what_was_seen_is_the_same_after_a_row() -> None:
    found = seen(data_of(with_code(poster()), "PNG"))
    assert Seen.of_row(found.as_row()) == found
    elsewhere = Seen.of_row(found.as_row(), "cover")
    assert elsewhere.passages[0].locator == "cover" + found.passages[0].locator.removeprefix("p")
