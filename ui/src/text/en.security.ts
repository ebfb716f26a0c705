import { pictures } from "./en.pictures";
import type { Words } from "./words";

export const security: Words["security"] = {
  chip: {
    changed: "Key changed",
    guest: "Guest, not private",
    known: "Private",
    new: "Private",
    verified: "Private, verified",
    verifiedChanged: "Key changed",
  },
  note: {
    changed: (name) =>
      `The key of ${name} is another one than before. ${name} may have a new device, or it is somebody else.`,
    guest: () => "A guest: the name is not verified, and the server could listen.",
    known: (name) => `You have spoken with ${name} before.`,
    new: (name) => `You have not spoken with ${name} before.`,
    verified: () => "Verified: you have compared keys.",
    verifiedChanged: (name) =>
      `This is not the key of ${name} that you verified. Ask ${name} in another way before you go on.`,
  },
  trustKey: "Trust the new key",
  details: "Privacy of this call",
  pictures,
  compare: {
    title: "Are you really alone?",
    lead: (name) =>
      `Read these pictures out to each other. If ${name} sees the same ones, nobody is listening and nobody pretends to be one of you.`,
    waiting: "The pictures come as soon as the call is connected.",
    guest:
      "This call is with a guest of the tutorial’s page. It has no keys to compare, and whoever runs the server could listen.",
    same: "They are the same",
    different: "They differ",
    alarm: (name) =>
      `Then somebody sits between you and ${name}. Say nothing private, hang up, and use another server.`,
    verified: (name) => `You have verified ${name}.`,
    close: "Close",
  },
  person: {
    open: (name) => `Safety number with ${name}`,
    title: (name) => `Safety number with ${name}`,
    lead: (name) =>
      `If ${name} sees the same sixty digits, in person or read over another phone, nobody can listen to your calls.`,
    verify: "Mark as verified",
    unverify: "Not verified any more",
    forget: (name) => `Forget ${name}`,
    forgetHint: "The next call then counts as the first one.",
  },
  link: {
    title: "Your link",
    lead: "Whoever gets this link or code from yourself knows for sure that it is you.",
    copy: "Copy link",
    qr: "QR code of your link",
    add: "Somebody’s link",
    submit: "Add",
    invalid: "This is not a Ringdove link of a person.",
    elsewhere: (server) => `This link is of somebody on another server: ${server}`,
  },
  notice: {
    refused: (name) =>
      `A call was refused before it rang: it came in the name of ${name}, but could not prove it.`,
    version: (name) => `${name} called with a version that does not fit. Update the older one.`,
    keyChanged: (name) => `First decide about the changed key of ${name}.`,
  },
};
