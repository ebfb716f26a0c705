import type { Words } from "./words";

export const devices: Words["devices"] = {
  title: "Meine Geräte",
  signIn: "Ich habe ein Konto auf einem anderen Gerät",
  add: {
    title: "Eines meiner Geräte hinzufügen",
    lead: "Öffne Ringdove auf dem anderen Gerät und wähle „Ich habe ein Konto auf einem anderen Gerät“. Es zeigt einen Code. Gib ihn hier ein.",
    code: "Code des anderen Geräts",
    submit: "Weiter",
    warning:
      "Wer dieses Gerät hat, kann dann in deinem Namen anrufen und Anrufe annehmen. Nimm nur einen Code, den du gerade auf einem eigenen Gerät gesehen hast. Das lässt sich nicht zurücknehmen.",
    confirm: "Ja, es ist mein Gerät",
    cancel: "Abbrechen",
    done: "Gib diesen Link auf dem anderen Gerät ein. Er gilt nur dort.",
    copy: "Geräte-Link kopieren",
    qr: "QR-Code des Geräte-Links",
  },
  join: {
    title: "Dieses Gerät zu einem anderen Konto nehmen",
    lead: "Gib diesen Code auf dem ersten Gerät des Kontos ein, auf dem es angefangen hat: Einstellungen, „Meine Geräte“. Du bekommst einen Link. Gib ihn hier ein.",
    copy: "Code kopieren",
    qr: "QR-Code dieses Geräts",
    link: "Link vom ersten Gerät",
    hint: "Dieses Gerät hat dann den Namen jenes Kontos, klingelt mit dessen anderen Geräten und gibt den Namen auf, den es jetzt hat.",
    submit: "Dieses Konto verwenden",
  },
  linked: {
    lead: "Dieses Gerät gehört zu einem Konto, das auf einem anderen Gerät angefangen hat. Nur jenes erste Gerät kann weitere hinzufügen.",
    separate: "Dieses Gerät lösen",
    hint: "Es meldet sich ab und ist wieder ein Gerät für sich.",
  },
  refused: {
    codeInvalid: "Das ist kein Code eines Geräts. Er beginnt mit ringdove-device:",
    linkInvalid: "Das ist kein Link für ein Gerät. Er beginnt mit ringdove-link:",
    linkOfAnother:
      "Dieser Link ist für ein anderes Gerät. Gib den Code von diesem hier auf dem ersten Gerät ein.",
    notFirst: "Nur das erste Gerät eines Kontos kann weitere hinzufügen.",
    offline: "Melde dich an, bevor du ein Gerät hinzufügst.",
    oneself: "Das ist dieses Gerät selbst. Der Code kommt vom einen Gerät, der Link vom anderen.",
  },
};
