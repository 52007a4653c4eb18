"""The made-up firms that the demo's MSP looks after, as its two systems spell them. Nobody here exists.

What belongs here: one row a firm, with the differences that two systems kept by people have.
"""

from __future__ import annotations

FIRMS = (
    # in ConnectWise, in NinjaOne
    ("Acorn & Anvil Bakery", "Acorn and Anvil Bakery"),
    ("Blue Teapot Logistics", "Blue Teapot Logistics, Inc."),
    ("Café Imaginaire", "Cafe Imaginaire"),
    ("Dandelion Dental Fictions", "Dandelion Dental Fictions PLLC"),
    ("Elbow Grease Car Wash", "ELBOW GREASE CAR WASH"),
    ("Figment Freight Lines", "Figment Freight Lines"),
    ("Gobbledygook Printing", "Gobbledygook Printing Co."),
    ('Hollow Hill "Organic" Farms', "Hollow Hill Organic Farms"),
    ("Imaginary Friends Daycare", "Imaginary Friends Day Care"),
    ("Jabberwock Legal Partners", "Jabberwock Legal Partners LLP"),
    ("Kettle & Cloud Roofing", "Kettle & Cloud Roofing"),
    ("Lorem Ipsum Publishers", "Lorem Ipsum Publishers, LLC"),
    ("Møøse Trail Outfitters", "Moose Trail Outfitters"),
    ("Nowhere National Credit Union", "Nowhere National C.U."),
    ("O'Nonesuch Plumbing", "O\N{RIGHT SINGLE QUOTATION MARK}Nonesuch Plumbing"),
    ("Placeholder Pediatrics", "Placeholder Pediatrics P.C."),
    ("Quixote Wind & Mill", "Quixote Wind and Mill"),
    ("Rubber Duck Consulting", "Rubber-Duck Consulting"),
    ("Sample Street Architects", "Sample St. Architects"),
    ("Tomorrow's Yesterday Antiques", "Tomorrows Yesterday Antiques"),
    ("Überraschung Möbel", "Ueberraschung Moebel GmbH"),
    ("Vapourware Veterinary", "Vapourware Veterinary"),
    ("Widget Whisperers", "The Widget Whisperers"),
    ("Xanadu Pleasure Domes", "Xanadu Pleasure Domes Inc"),
    ("Yonder Valley Clinic", "YONDER VALLEY CLINIC"),
    ("Zeppelin & Daughters Moving", "Zeppelin & Daughters"),
    ("架空商事", "架空商事 (Kaku Shoji)"),  # "fictitious trading company"
)
