import { devices } from "./de.devices";
import { endings } from "./de.endings";
import { security } from "./de.security";
import type { Words } from "./words";

export const de: Words = {
  app: {
    dismiss: "Meldung schließen",
    failed:
      "Ringdove konnte nicht starten. Versuch es noch einmal; hilft das nicht, aktualisiere den Browser oder die App.",
    language: "Sprache",
    notices: "Meldungen",
  },
  signIn: {
    lead: "Von Angesicht zu Angesicht telefonieren. Namen eintippen und los.",
    name: "Dein Name",
    server: "Adresse des Servers",
    serverHint: "Die Adresse des Rechners, auf dem der Ringdove-Server läuft.",
    invite: "Einladungscode",
    inviteHint:
      "Wer neu ist, braucht hier einen. Frag, wer diesen Server betreibt, oder füg den Link ein, den du bekommen hast.",
    submit: "Anmelden",
    busy: (name) => `Anmeldung als ${name} …`,
    retrying: "Der Server antwortet nicht. Ringdove versucht es weiter.",
    cancel: "Abbrechen",
    serverInvalid: "Das ist keine Adresse. Versuch etwas wie 192.168.1.20 oder anrufe.beispiel.de.",
  },
  link: {
    region: "Verbindung zum Server",
    opening: "Startet …",
    connecting: "Verbindung zum Server wird hergestellt …",
    online: "Online",
    reconnecting: "Verbindung zum Server verloren. Wird wiederhergestellt …",
    trouble: {
      certificateExpired: (date) =>
        date === null
          ? "Das Zertifikat dieses Servers ist abgelaufen. Wer den Server betreibt, muss es erneuern."
          : `Das Zertifikat dieses Servers ist am ${date} abgelaufen. Wer den Server betreibt, muss es erneuern.`,
      certificateNotYetValid:
        "Das Zertifikat dieses Servers gilt noch nicht. Prüf Datum und Uhrzeit dieses Geräts.",
      certificateOtherName:
        "Das Zertifikat dieses Servers gilt für einen anderen Namen. Prüf die Adresse.",
      certificateUntrusted:
        "Diesem Zertifikat vertraut dieser Rechner nicht. Prüf die Adresse oder frag, wer den Server betreibt.",
      serverFault:
        "Der Server hat einen Fehler und kann dich jetzt nicht anmelden. Ringdove versucht es weiter.",
    },
    signedOut: "Abgemeldet",
    short: "Nicht verbunden",
  },
  self: {
    menu: "Einstellungen",
    newName: "Neuer Name",
    save: "Speichern",
    signOut: "Abmelden",
  },
  people: {
    title: "Leute",
    search: "Leute suchen",
    nobodyFound: "Niemand hier heißt so.",
    empty: "Noch ist niemand sonst hier.",
    invite: "Andere können mit jedem Browser dazukommen. Schick ihnen diese Adresse:",
    inviteThisComputer:
      "Diese Adresse gilt nur auf diesem Rechner. Auf anderen Geräten nimmt man stattdessen den Namen oder die IP-Adresse dieses Rechners.",
    inviteAnyone: "Wer dazukommt, steht sofort hier.",
    copy: "Adresse kopieren",
    copied: "Kopiert",
    guest: "Gast, nicht bestätigt",
    verified: "bestätigt",
    callVideo: (name) => `${name} mit Video anrufen`,
    callAudio: (name) => `${name} anrufen, nur Ton`,
    write: (name) => `${name} schreiben`,
    gone: "Gerade nicht hier",
    more: (name) => `Mehr zu ${name}`,
    notify: "Anrufe melden",
    notifyHint: "Zeigt eine Benachrichtigung, wenn jemand anruft und dieser Tab verdeckt ist.",
  },
  chat: {
    room: "Öffentlicher Raum",
    thread: (name) => `Nachrichten mit ${name}`,
    back: "Zurück",
    roomField: "Nachricht an alle",
    threadField: (name) => `Nachricht an ${name}`,
    send: "Senden",
    offline:
      "Nicht verbunden. Du kannst tippen; gesendet wird wieder, sobald der Server zurück ist.",
    roomEmpty: "Was du hier schreibst, lesen alle, die angemeldet sind.",
    threadEmpty: (name) => `Was du hier schreibst, liest nur ${name}.`,
    you: "Du",
    newFrom: (names) => `Neue Nachricht von ${names}`,
    unread: (count) => (count === 1 ? "1 neue Nachricht" : `${count} neue Nachrichten`),
  },
  privacy: {
    who: "Wer dich anrufen darf",
    choice: { everybody: "Alle", contacts: "Nur Kontakte", nobody: "Niemand" },
    noContacts: "Du hast noch keine Kontakte. Drück auf einen Namen in der Liste.",
    nobodyRings: "Nimmt keine Anrufe an",
    quiet: "Nicht stören",
    quietHint: "Anrufe erscheinen, aber klingeln nicht.",
    addContact: "Zu Kontakten",
    removeContact: "Aus Kontakten entfernen",
    isContact: "Kontakt",
    block: "Blockieren",
    blockHint:
      "Wen du blockierst, kann dich weder anrufen noch dir schreiben und sieht dich nicht.",
    unblock: "Freigeben",
    unblockPerson: (name) => `${name} freigeben`,
    isBlocked: "blockiert",
    blocked: "Blockierte Leute",
    blockedHint: "Sie können dich weder anrufen noch dir schreiben und sehen dich nicht.",
    declineAndBlock: "Ablehnen und blockieren",
  },
  incoming: {
    title: (name) => `${name} ruft an`,
    video: "Videoanruf",
    audio: "Anruf ohne Video",
    guest: "Wer hier anruft, ist Gast; der Name ist nicht bestätigt.",
    answer: "Annehmen",
    answerAudio: "Ohne Video annehmen",
    decline: "Ablehnen",
    silence: "Klingeln abstellen",
    silenced: "Stumm. Du kannst noch annehmen.",
  },
  call: {
    region: (name) => `Gespräch mit ${name}`,
    phase: {
      dialing: () => "Ruft an …",
      reached: () => "Gerät gefunden. Es klingelt gleich …",
      remoteRinging: () => "Es klingelt …",
      ringing: (name) => `${name} ruft an`,
      silenced: (name) => `${name} ruft an`,
      accepting: () => "Wird angenommen …",
      connecting: () => "Wird verbunden …",
      active: () => "Verbunden",
      reconnecting: () => "Verbindung verloren. Wird wiederhergestellt …",
      ended: () => "Gespräch beendet",
    },
    hangUp: "Auflegen",
    mute: "Mikrofon stummschalten",
    unmute: "Mikrofon einschalten",
    cameraOff: "Kamera ausschalten",
    cameraOn: "Kamera einschalten",
    chat: "Nachrichten zeigen",
    hideChat: "Nachrichten verbergen",
    peerMuted: (name) => `${name} ist stumm`,
    peerCameraOff: (name) => `${name} zeigt kein Bild`,
    remoteVideo: (name) => `Bild von ${name}`,
    ownVideo: "Dein eigenes Bild",
    play: (name) => `${name} hören`,
    talkTime: "Gesprächszeit",
  },
  ended: {
    talked: (time) => `Ihr habt ${time} gesprochen.`,
    again: "Noch einmal anrufen",
    write: "Schreiben",
    close: "Schließen",
    reason: endings,
  },
  devices,
  device: {
    microphone: {
      missing: "Kein Mikrofon gefunden. Schließ eines an und ruf noch einmal an.",
      refused:
        "Ringdove darf das Mikrofon nicht benutzen. Erlaub es in den Einstellungen des Browsers oder des Systems und ruf noch einmal an.",
      busy: "Ein anderes Programm benutzt das Mikrofon. Beende es und ruf noch einmal an.",
      lost: "Das Mikrofon wurde abgezogen. Steck es wieder ein und ruf noch einmal an.",
      unsupported:
        "Das Mikrofon lässt sich auf diesem System nicht benutzen. Du bist nicht zu hören.",
      unknown: "Das Mikrofon geht nicht. Prüf es und ruf noch einmal an.",
    },
    camera: {
      missing: "Keine Kamera gefunden. Das Gespräch geht ohne dein Bild weiter.",
      refused:
        "Ringdove darf die Kamera nicht benutzen. Das Gespräch geht ohne dein Bild weiter; erlauben kannst du sie in den Einstellungen.",
      busy: "Ein anderes Programm benutzt die Kamera. Das Gespräch geht ohne dein Bild weiter.",
      lost: "Die Kamera wurde abgezogen. Das Gespräch geht ohne dein Bild weiter.",
      unsupported:
        "Die Kamera lässt sich auf diesem System nicht benutzen. Das Gespräch geht ohne dein Bild weiter.",
      unknown: "Die Kamera geht nicht. Das Gespräch geht ohne dein Bild weiter.",
    },
    missing: {
      title: "Etwas, das Anrufe brauchen, ist nicht installiert",
      lost: {
        sound: "Anrufe haben keinen Ton: Du hörst niemanden, und niemand hört dich.",
        picture: "Anrufe gehen nur mit Ton: Es gibt kein Bild, auf beiden Seiten.",
        camera: "Andere sehen dich nicht: Die Kamera lässt sich nicht benutzen.",
      },
      lostAll:
        "Es gibt weder Ton noch Bild, du kannst also mit niemandem sprechen. Nachrichten gehen.",
      packages: (names) => `Es fehlt: ${names}.`,
      command:
        "Führ diesen Befehl in einem Terminal aus, schließ dann Ringdove und starte es noch einmal:",
      copyCommand: "Befehl kopieren",
      byHand:
        "Installier das mit der Paketverwaltung deines Systems, schließ dann Ringdove und starte es noch einmal.",
    },
    unsupportedTitle: "Hier gibt es noch kein Bild und keinen Ton",
    unsupported:
      "Die Web-Ansicht dieses Systems kann noch keinen Ton und kein Bild übertragen. Klingeln und Nachrichten gehen. Zum Sprechen öffne diese Adresse in einem Browser wie Chromium oder Firefox:",
  },
  notice: {
    refused: {
      already_in_call: "Du bist schon in einem Gespräch. Leg zuerst auf.",
      no_call: "Dieser Anruf ist schon vorbei.",
      offline: "Nicht mit dem Server verbunden. Anrufen geht, sobald die Verbindung zurück ist.",
    },
    listFull: "Die Liste ist voll. Entferne erst jemanden daraus.",
    nameInvalid:
      "Ein Name hat 1 bis 32 Buchstaben oder Ziffern; dazwischen dürfen Leerzeichen und . _ - ' stehen.",
    notSent: "Deine Nachricht wurde nicht gesendet. Sie steht wieder im Textfeld.",
    error: {
      already_in_call: "Du bist schon in einem Gespräch. Leg zuerst auf.",
      bad_login:
        "Der Server hat dieses Gerät nicht angenommen. Versuch es noch einmal oder nimm einen anderen Namen.",
      bad_message: "Der Server hat dieses Programm nicht verstanden. Ein Update kann helfen.",
      offline: "Diese Person ist nicht mehr hier.",
      login_required: "Bitte melde dich zuerst an.",
      bad_text: "Eine Nachricht hat 1 bis 2000 Zeichen.",
      name_invalid:
        "Ein Name hat 1 bis 32 Buchstaben oder Ziffern; dazwischen dürfen Leerzeichen und . _ - ' stehen.",
      invite_invalid:
        "Dieser Einladungscode gilt nicht: Er wurde schon benutzt, ist abgelaufen oder enthält einen Tippfehler.",
      invite_needed:
        "Wer neu ist, kommt hier nur mit Einladung herein. Gib den Code ein, den du bekommen hast.",
      name_fixed:
        "Dein Name kommt hier aus der Anmeldung deiner Organisation und lässt sich nicht ändern.",
      name_taken:
        "Dieser Name, oder einer, der so aussieht, gehört schon jemandem. Nimm einen anderen.",
      oneself: "Das bist du selbst. Wähl jemand anderen.",
      rate_limited: "Das war zu viel auf einmal. Warte kurz und versuch es noch einmal.",
      server_owned: "Der Server hat dieses Programm nicht verstanden. Ein Update kann helfen.",
      server_error: "Der Server hat einen Fehler. Versuch es später noch einmal.",
      session_replaced:
        "Du hast dich in einem anderen Fenster oder Tab angemeldet; dieses hier wurde abgemeldet.",
      unknown_call: "Dieser Anruf ist schon vorbei.",
      unknown_type: "Der Server ist älter als dieses Programm. Ein Update des Servers kann helfen.",
      version: "Dieses Programm und der Server passen nicht zusammen. Aktualisiere das ältere.",
      wrong_state: "Das geht gerade nicht.",
    },
  },
  security,
  title: {
    ringing: (name) => `${name} ruft an`,
  },
};
