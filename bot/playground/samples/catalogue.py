"""The sample receipts. Every shop, address and number is made up."""

import datetime
from decimal import Decimal

from bot.playground.samples.receipt import Item, SampleReceipt, Wording


def _items(rate: str, *lines: tuple[str, int] | tuple[str, int, int]) -> tuple[Item, ...]:
    """Lines of one tax rate: each a name, an amount in minor units, and a quantity where it is not one."""
    return tuple(
        Item(name=line[0], amount_minor=line[1], rate=Decimal(rate), quantity=line[2] if len(line) == 3 else 1)
        for line in lines
    )


BERLIN = SampleReceipt(
    key="berlin-cafe",
    title="Café",
    place="Berlin, Germany",
    currency="EUR",
    merchant="Café Lindenhof",
    address=("Bergmannstraße 218", "10961 Berlin", "Tel. 030 5550 1234", "USt-IdNr. DE999999999"),
    days_ago=1,
    time=datetime.time(9, 42),
    items=(
        *_items("7", ("Croissant", 640, 2), ("Käsebrötchen", 420)),
        *_items("19", ("Cappuccino", 780, 2), ("Orangensaft", 450)),
    ),
    wording=Wording(
        date="%d.%m.%Y  %H:%M",
        money="{} EUR",
        total="SUMME",
        tax="davon MwSt {rate} %",
        printed_before=("Beleg Nr. 4711", "Tisch 7"),
        printed_after=("Vielen Dank für Ihren Besuch!",),
    ),
    payment="girocard",
)

VIENNA = SampleReceipt(
    key="vienna-inn",
    title="Business dinner",
    place="Vienna, Austria",
    currency="EUR",
    merchant="Gasthaus Zur Linde",
    address=("Neubaugasse 94", "1070 Wien, Österreich", "UID-Nr. ATU99999999"),
    days_ago=3,
    time=datetime.time(20, 15),
    items=(
        *_items("10", ("Tafelspitz", 5780, 2), ("Kaiserschmarrn", 1490), ("Tagessuppe", 620)),
        *_items("20", ("Mineralwasser", 760, 2), ("Apfelsaft gespritzt", 490)),
    ),
    wording=Wording(
        date="%d.%m.%Y  %H:%M",
        money="EUR {}",
        total="GESAMTBETRAG",
        tax="MwSt {rate} %",
        printed_before=("RECHNUNG 2093", "Es bediente Sie: Anna"),
        printed_after=("Danke und auf Wiedersehen",),
    ),
    payment="Kreditkarte",
)

LYON = SampleReceipt(
    key="lyon-bistro",
    title="Bistro lunch",
    place="Lyon, France",
    currency="EUR",
    merchant="Le Petit Tilleul",
    address=("27 rue des Remparts", "69002 Lyon", "Tél. 04 99 55 12 34", "SIRET 999 999 999 00011"),
    days_ago=2,
    time=datetime.time(13, 5),
    items=(
        *_items("10", ("Plat du jour", 3380, 2), ("Tarte aux pommes", 780), ("Café", 500, 2)),
        *_items("20", ("Verre de Côtes du Rhône", 1240, 2)),
    ),
    wording=Wording(
        date="%d/%m/%Y  %H:%M",
        money="{} EUR",
        total="TOTAL TTC",
        tax="dont TVA {rate} %",
        thousands_mark=" ",
        printed_before=("Ticket n° 1083", "Table 12"),
        printed_after=("Merci de votre visite",),
    ),
    payment="Carte bancaire",
)

LONDON = SampleReceipt(
    key="london-stationer",
    title="Stationery",
    place="London, UK",
    currency="GBP",
    merchant="Thornbury Stationers Ltd",
    address=("48 Marchmont Street", "London WC1N 1AB", "VAT No. GB 999 9999 73"),
    days_ago=5,
    time=datetime.time(11, 27),
    items=(
        *_items("0", ("City atlas", 1299)),
        *_items("20", ("Notebooks A5", 1350, 3), ("Fountain pen ink", 895), ("Archive box", 1580, 2)),
    ),
    wording=Wording(
        date="%d %b %Y  %H:%M",
        money="£{}",
        total="TOTAL",
        tax="incl. VAT {rate}%",
        decimal_mark=".",
        thousands_mark=",",
        printed_before=("Receipt 20817", "Served by: Oliver"),
        printed_after=("Thank you for shopping with us",),
    ),
    payment="Visa contactless",
)

BOLOGNA = SampleReceipt(
    key="bologna-hotel",
    title="Hotel night",
    place="Bologna, Italy",
    currency="EUR",
    merchant="Albergo del Portico",
    address=("Via San Felice 61", "40122 Bologna", "P.IVA 99999999999"),
    days_ago=8,
    time=datetime.time(10, 18),
    items=(*_items("10", ("Camera singola", 11800), ("Prima colazione", 1200)), *_items("22", ("Garage", 1800))),
    wording=Wording(
        date="%d/%m/%Y  %H:%M",
        money="EUR {}",
        total="TOTALE COMPLESSIVO",
        tax="di cui IVA {rate}%",
        printed_before=("DOCUMENTO COMMERCIALE", "Documento n. 0412-0039"),
        printed_after=("Grazie e arrivederci",),
    ),
    payment="Pagamento elettronico",
    serif=True,
)

KRAKOW = SampleReceipt(
    key="krakow-electronics",
    title="Electronics",
    place="Kraków, Poland",
    currency="PLN",
    merchant="Elektro Wawel sp. z o.o.",
    address=("ul. Długa 88", "31-147 Kraków", "NIP 999-999-99-99"),
    days_ago=4,
    time=datetime.time(16, 33),
    items=(
        *_items("8", ("Woda mineralna", 798, 2)),
        *_items("23", ("Zasilacz USB-C 65 W", 14900), ("Kabel HDMI 2 m", 4999), ("Mysz bezprzewodowa", 8950)),
    ),
    wording=Wording(
        date="%d-%m-%Y  %H:%M",
        money="{} PLN",
        total="SUMA PLN",
        tax="PTU {rate}%",
        thousands_mark=" ",
        printed_before=("PARAGON FISKALNY", "Nr 00417"),
        printed_after=("Dziękujemy za zakupy",),
    ),
    payment="Karta płatnicza",
)

NEW_YORK = SampleReceipt(
    key="new-york-diner",
    title="Diner, with a tip",
    place="New York, USA",
    currency="USD",
    merchant="Maple Corner Diner",
    address=("512 Amsterdam Ave", "New York, NY 10024", "(212) 555-0148"),
    days_ago=6,
    time=datetime.time(12, 50),
    items=_items("8.875", ("Turkey Club", 1695), ("Caesar Salad", 1450), ("Iced Tea", 790, 2), ("Cheesecake", 895)),
    wording=Wording(
        date="%m/%d/%Y  %I:%M %p",
        money="${}",
        total="TOTAL",
        tax="Sales Tax {rate}%",
        subtotal="Subtotal",
        decimal_mark=".",
        thousands_mark=",",
        printed_before=("Check #1182", "Table 4   Guests 2   Server: Dana"),
        printed_after=("Thank you! See you soon",),
    ),
    payment="MASTERCARD",
    taxes="added",
    tip_minor=1000,
    tip="Gratuity",
)

PENANG = SampleReceipt(
    key="penang-hardware",
    title="Hardware shop",
    place="Penang, Malaysia",
    currency="MYR",
    merchant="Seri Angsana Hardware Sdn Bhd",
    address=("41, Jalan Burma", "10050 George Town, Pulau Pinang", "SST No. P99-9999-99999999"),
    days_ago=7,
    time=datetime.time(15, 8),
    items=(
        *_items("5", ("LED BULB 9W", 2970, 3), ("EXTENSION CORD 5M", 3890)),
        *_items("10", ("CORDLESS DRILL 12V", 18900), ("DRILL BIT SET", 3450)),
    ),
    wording=Wording(
        date="%d/%m/%Y  %H:%M",
        money="RM {}",
        total="TOTAL",
        tax="SST {rate}% included",
        decimal_mark=".",
        thousands_mark=",",
        printed_before=("Bill No. CS-10382", "Cashier: Mei"),
        printed_after=("THANK YOU, PLEASE COME AGAIN",),
    ),
    payment="DEBIT CARD",
)

KYOTO = SampleReceipt(
    key="kyoto-ryokan",
    title="Guest house",
    place="Kyoto, Japan",
    currency="JPY",
    merchant="Hanamizuki Guest House",
    address=("3-14 Gokomachi, Nakagyo-ku", "Kyoto 604-0000, Japan", "T9999999999999"),
    days_ago=9,
    time=datetime.time(9, 30),
    items=(*_items("8", ("Breakfast to go", 2400, 2)), *_items("10", ("Room, two nights", 26800), ("Laundry", 900))),
    wording=Wording(
        date="%Y/%m/%d  %H:%M",
        money="¥{}",
        total="TOTAL",
        tax="Consumption tax {rate}% incl.",
        decimal_mark=".",
        thousands_mark=",",
        minor_digits=0,
        printed_before=("RECEIPT No. 20514",),
        printed_after=("Thank you for staying with us",),
    ),
    payment="Credit card",
    serif=True,
)

SAMPLES = (BERLIN, VIENNA, LYON, LONDON, BOLOGNA, KRAKOW, NEW_YORK, PENANG, KYOTO)
BY_KEY = {sample.key: sample for sample in SAMPLES}
