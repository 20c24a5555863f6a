"""Receipts that tests draw: printed paper of several countries, and the files that they come in."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

MONOSPACED = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
PAPER_WIDTH = 40  # characters, as cheap printers have

GERMAN = """
Bäckerei Morgenrot GmbH
Lindenallee 14
10115 Berlin
USt-IdNr. DE123456789

Roggenbrot 1 kg              4,90 A
Milchkaffee     2 x 3,80     7,60 B
Apfelkuchen                  3,50 A
----------------------------------------
Summe EUR                   16,00
Bar                         20,00
Rückgeld                     4,00

MwSt %    Netto    MwSt   Brutto
A  7,00%   7,85    0,55    8,40
B 19,00%   6,39    1,21    7,60

14.03.2026  08:41  Kasse 2
Vielen Dank für Ihren Einkauf
"""
AMERICAN = """
Blue Anchor Diner
482 Harbor Street
Portland, OR 97204

Server: Maria    Table 12
03/04/2026 7:52 PM

1 Clam Chowder              $8.50
2 Fish Tacos               $27.00
1 Iced Tea                  $3.25

Subtotal                   $38.75
Sales Tax                   $3.20
Total                      $41.95

VISA                       $41.95
Thank you!
"""
BRITISH = """
THE COPPER KETTLE LTD
7 Bridge Lane, York
VAT No. 123 4567 89

Cream tea for two           £18.40
Sandwich                     £6.75

TOTAL                       £25.15
Card payment                £25.15

VAT 20% included             £4.19
Date: 21/02/2026   15:07
"""
FRENCH = """
BRASSERIE DU PONT
12 rue des Tanneurs
69002 LYON
SIRET 812 345 678 00017

Menu du jour   2           39,80
Café           2            5,20

Total TTC                  45,00 EUR
dont TVA 10,00%             4,09
Carte bancaire             45,00

Le 09/01/2026 à 13:22
Merci de votre visite
"""
POLISH = """
KAWIARNIA POD LIPĄ SP. Z O.O.
ul. Ogrodowa 8, 30-001 Kraków
NIP 678-123-45-67
PARAGON FISKALNY

Sernik         1 x16,00     16,00 A
Herbata        2 x11,50     23,00 A

SPRZED. OPOD. A             39,00
SUMA PTU                     2,89
SUMA PLN                    39,00
Gotówka                     50,00
Reszta                      11,00
2026-02-17 16:45
"""
MALAYSIAN = """
KEDAI BUNGA MAWAR SDN BHD
(123456-X)
No 8, Jalan Melati 3
41000 Shah Alam, Selangor
TAX INVOICE

Date: 05/02/2026 19:02

Roses                       RM 24.52
Ribbon                      RM  3.00

Total Sales (Incl GST)      RM 27.52
Rounding                    RM -0.02
Total Rounded               RM 27.50
Cash                        RM 50.00
Change                      RM 22.50
"""


def picture_of(text: str, *, character_px: int = 24, margin_px: int = 60) -> Image.Image:
    """A receipt as a printer prints it: dark letters of one width on white paper."""
    lines = text.strip("\n").splitlines()
    font = _font(character_px)
    line_px = round(character_px * 1.5)
    width = round(max(font.getlength(line) for line in lines)) + 2 * margin_px
    image = Image.new("RGB", (width, line_px * len(lines) + 2 * margin_px), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((margin_px, margin_px + number * line_px), line, fill=(25, 25, 30), font=font)
    return image


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font of a till; where it is missing, Pillow's own, which is proportional."""
    return ImageFont.truetype(str(MONOSPACED), size_px) if MONOSPACED.is_file() else ImageFont.load_default(size_px)


def photographed(image: Image.Image, *, turn_degrees: float = 2.0) -> Image.Image:
    """The receipt on a dark table, a little askew, with a shadow over one half."""
    table = Image.new("RGB", (image.width + 240, image.height + 240), (70, 60, 52))
    table.paste(image, (120, 120))
    turned = table.rotate(turn_degrees, expand=True, fillcolor=(70, 60, 52), resample=Image.Resampling.BICUBIC)
    shadow = Image.linear_gradient("L").resize(turned.size).point(lambda value: 255 - value // 3)
    return Image.composite(turned, Image.new("RGB", turned.size, (0, 0, 0)), shadow)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pdf_of(pages: Sequence[str], *, encrypted: bool = False) -> bytes:
    """A PDF with a text layer, written by hand; an encrypted one has keys that fit no password."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    for text in pages:
        lines = text.strip("\n").encode("cp1252", "replace").splitlines()
        escaped = [line.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") for line in lines]
        drawn = b"BT /F1 11 Tf 16 TL 50 780 Td " + b" ".join(b"(%b) Tj T*" % line for line in escaped) + b" ET"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 << "
            b"/Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >> >> >> >>"
            % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn))
    kids = b" ".join(b"%d 0 R" % number for number in range(3, len(objects) + 1, 2))
    objects[1] = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages))
    file = io.BytesIO(b"%PDF-1.4\n")
    file.seek(0, io.SEEK_END)
    places = []
    for number, written in enumerate(objects, start=1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%b\nendobj\n" % (number, written))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % place for place in places)
    keys = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <%b> /U <%b> >> /ID [<00> <00>]" % (
        b"5a" * 32,
        b"a5" * 32,
    )
    file.write(
        b"trailer << /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, keys if encrypted else b"", start)
    )
    return file.getvalue()
