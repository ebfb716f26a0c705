import { pictures } from "./de.pictures";
import type { Words } from "./words";

export const security: Words["security"] = {
  chip: {
    changed: "Schlüssel geändert",
    guest: "Gast, nicht vertraulich",
    known: "Vertraulich",
    new: "Vertraulich",
    verified: "Vertraulich, bestätigt",
    verifiedChanged: "Schlüssel geändert",
  },
  note: {
    changed: (name) =>
      `Der Schlüssel von ${name} ist ein anderer als bisher. Vielleicht ein neues Gerät, vielleicht jemand anderes.`,
    guest: () => "Ein Gast: Der Name ist nicht bestätigt, und der Server könnte mithören.",
    known: (name) => `Mit ${name} hast du schon gesprochen.`,
    new: (name) => `Du hast noch nie mit ${name} gesprochen.`,
    verified: () => "Bestätigt: Ihr habt die Schlüssel verglichen.",
    verifiedChanged: (name) =>
      `Das ist nicht der Schlüssel von ${name}, den du bestätigt hast. Frag auf anderem Weg nach, bevor du weitermachst.`,
  },
  trustKey: "Neuem Schlüssel vertrauen",
  details: "Vertraulichkeit dieses Gesprächs",
  pictures,
  compare: {
    title: "Seid ihr wirklich allein?",
    lead: (name) =>
      `Lest euch diese Bilder vor. Sieht ${name} dieselben, dann hört niemand mit und niemand gibt sich für einen von euch aus.`,
    waiting: "Die Bilder kommen, sobald das Gespräch verbunden ist.",
    guest:
      "Dieses Gespräch führst du mit einem Gast der Tutorial-Seite. Er hat keine Schlüssel zum Vergleichen, und wer den Server betreibt, könnte mithören.",
    same: "Sie sind gleich",
    different: "Sie sind verschieden",
    alarm: (name) =>
      `Dann sitzt jemand zwischen dir und ${name}. Sag nichts Vertrauliches, leg auf und nimm einen anderen Server.`,
    verified: (name) => `Du hast ${name} bestätigt.`,
    close: "Schließen",
  },
  person: {
    open: (name) => `Sicherheitsnummer mit ${name}`,
    title: (name) => `Sicherheitsnummer mit ${name}`,
    lead: (name) =>
      `Sieht ${name} dieselben sechzig Ziffern, ob ihr euch trefft oder sie anders durchgebt, dann kann niemand eure Gespräche mithören.`,
    verify: "Als bestätigt merken",
    unverify: "Nicht mehr bestätigt",
    forget: (name) => `${name} vergessen`,
    forgetHint: "Der nächste Anruf zählt dann als der erste.",
  },
  link: {
    title: "Dein Link",
    lead: "Wer diesen Link oder Code von dir selbst bekommt, weiß sicher, dass du es bist.",
    copy: "Link kopieren",
    qr: "QR-Code deines Links",
    add: "Link von jemandem",
    submit: "Hinzufügen",
    invalid: "Das ist kein Ringdove-Link einer Person.",
    elsewhere: (server) => `Dieser Link gehört zu jemandem auf einem anderen Server: ${server}`,
  },
  notice: {
    refused: (name) =>
      `Ein Anruf wurde abgewiesen, bevor er klingelte: Er kam im Namen von ${name}, konnte das aber nicht belegen.`,
    version: (name) => `${name} rief mit einer unpassenden Version an. Aktualisiert die ältere.`,
    keyChanged: (name) => `Entscheide zuerst über den geänderten Schlüssel von ${name}.`,
  },
};
