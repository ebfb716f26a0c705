/** Die Namen der Bilder, die man vergleicht, in der Reihenfolge von `pictures.ts`. */
export const pictures: readonly string[] =
  `Hund Katze Löwe Pferd Einhorn Schwein Elefant Hase Panda Hahn Pinguin Schildkröte Fisch Oktopus
Schmetterling Blume Baum Kaktus Pilz Globus Mond Wolke Feuer Banane Apfel Erdbeere Mais Pizza
Kuchen Herz Smiley Roboter Hut Brille Schraubenschlüssel Nikolaus Daumen_hoch Regenschirm Sanduhr
Wecker Geschenk Glühbirne Buch Bleistift Büroklammer Schere Schloss Schlüssel Hammer Telefon Flagge
Zug Fahrrad Flugzeug Rakete Pokal Ball Gitarre Trompete Glocke Anker Kopfhörer Ordner Stecknadel`
    .split(/\s+/)
    .map((name) => name.replace("_", " "));
