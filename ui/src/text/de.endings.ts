import type { Words } from "./words";

export const endings: Words["ended"]["reason"] = {
  answered_elsewhere: () => ({
    title: "Auf einem anderen Gerät angenommen.",
    advice: "Das Gespräch läuft dort weiter.",
  }),
  busy: ({ by, name }) =>
    by === "me"
      ? {
          title: `${name} hat angerufen, während du im Gespräch warst.`,
          advice: "Du kannst zurückrufen.",
        }
      : {
          title: `${name} spricht gerade.`,
          advice: "Versuch es später noch einmal oder schreib.",
        },
  cancelled: ({ by, name }) =>
    by === "me"
      ? { title: "Du hast aufgelegt, bevor jemand abnahm.", advice: "" }
      : { title: `Verpasster Anruf von ${name}.`, advice: "Du kannst zurückrufen." },
  connect_failed: ({ name }) => ({
    title: `Zu ${name} kam keine Verbindung zustande.`,
    advice:
      "Vielleicht steht eine Firewall oder ein strenges Netz dazwischen. Versuch es noch einmal oder in einem anderen Netz.",
  }),
  connection_lost: ({ name }) => ({
    title: `Die Verbindung zu ${name} ist abgerissen.`,
    advice: "Prüft das Netz auf beiden Seiten und ruf noch einmal an.",
  }),
  declined: ({ by, name }) =>
    by === "me"
      ? { title: `Du hast den Anruf von ${name} abgelehnt.`, advice: "" }
      : { title: `${name} hat abgelehnt.`, advice: "Du kannst stattdessen schreiben." },
  declined_elsewhere: () => ({ title: "Auf einem anderen Gerät abgelehnt.", advice: "" }),
  glare_lost: ({ name }) => ({
    title: `${name} hat dich im selben Moment angerufen.`,
    advice: "Jener Anruf ist an die Stelle von diesem getreten.",
  }),
  hung_up: ({ by, name }) =>
    by === "me"
      ? { title: "Du hast aufgelegt.", advice: "" }
      : {
          title: by === "peer" ? `${name} hat aufgelegt.` : "Das Gespräch ist zu Ende.",
          advice: "",
        },
  left: ({ by, name }) =>
    by === "me"
      ? { title: "Du hast das Gespräch verlassen.", advice: "" }
      : { title: `${name} ist gegangen.`, advice: "App oder Seite wurden dort geschlossen." },
  no_answer: ({ role, name }) =>
    role === "caller"
      ? {
          title: `${name} hat nicht abgenommen.`,
          advice: "Versuch es später noch einmal oder schreib.",
        }
      : { title: `Verpasster Anruf von ${name}.`, advice: "Du kannst zurückrufen." },
  no_device: ({ by, name }) =>
    by === "me"
      ? {
          title: "Hier geht weder Mikrofon noch Kamera.",
          advice:
            "Schließ ein Gerät an oder beende das Programm, das es benutzt, und ruf noch einmal an.",
        }
      : {
          title: `Bei ${name} geht weder Mikrofon noch Kamera.`,
          advice: "Du kannst stattdessen schreiben.",
        },
  no_permission: ({ by, name }) =>
    by === "me"
      ? {
          title: "Ringdove darf Mikrofon und Kamera nicht benutzen.",
          advice:
            "Erlaub es in den Einstellungen des Browsers oder des Systems und ruf noch einmal an.",
        }
      : {
          title: `${name} hat Mikrofon und Kamera nicht erlaubt.`,
          advice: "Du kannst stattdessen schreiben.",
        },
  not_allowed: ({ name }) => ({
    title: `${name} nimmt keine Anrufe von dir an.`,
    advice: "",
  }),
  not_secure: ({ name }) => ({
    title: `Der Anruf mit ${name} wurde zu deinem Schutz beendet.`,
    advice:
      "Etwas war unterwegs nicht so, wie es sein muss: Ein Schlüssel oder eine Nachricht wurde womöglich vertauscht.",
  }),
  rate_limited: () => ({
    title: "Du hast zu oft angerufen.",
    advice: "Warte eine Weile, oder schreib.",
  }),
  replaced: ({ name }) => ({
    title: `${name} hat neu angerufen.`,
    advice: "Der neuere Anruf ist an die Stelle von diesem getreten.",
  }),
  server_error: () => ({
    title: "Der Server konnte den Anruf nicht weiterführen.",
    advice: "Versuch es gleich noch einmal.",
  }),
  unreachable: ({ name }) => ({
    title: `${name} ist gerade nicht zu erreichen.`,
    advice: "Vielleicht ist das Gerät aus oder ohne Netz. Versuch es später noch einmal.",
  }),
  version: ({ name }) => ({
    title: `Dein Ringdove und das von ${name} passen nicht zusammen.`,
    advice: "Aktualisiert das ältere.",
  }),
};
