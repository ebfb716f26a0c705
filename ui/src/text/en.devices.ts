import type { Words } from "./words";

export const devices: Words["devices"] = {
  title: "My devices",
  signIn: "I have an account on another device",
  add: {
    title: "Add one of my devices",
    lead: "Open Ringdove on the other device and choose “I have an account on another device”. It shows a code. Enter that code here.",
    code: "Code of the other device",
    submit: "Go on",
    warning:
      "Whoever has that device can then call and answer in your name. Do this only with a code that you have just seen on a device of your own. It cannot be taken back.",
    confirm: "Yes, it is my device",
    cancel: "Cancel",
    done: "Enter this link on the other device. It works on that device only.",
    copy: "Copy the device link",
    qr: "QR code of the device link",
  },
  join: {
    title: "Make this a device of another account",
    lead: "Enter this code on the first device of the account, the one it began with: Settings, “My devices”. It gives you a link. Enter that link here.",
    copy: "Copy code",
    qr: "QR code of this device’s code",
    link: "Link from the first device",
    hint: "This device then has the name of that account, rings with its other devices, and gives up the name that it has now.",
    submit: "Use this account",
  },
  linked: {
    lead: "This device belongs to an account that began on another device. Only that first device can add more.",
    separate: "Separate this device",
    hint: "It signs out and is a device of its own again.",
  },
  refused: {
    codeInvalid: "This is not the code of a device. It begins with ringdove-device:",
    linkInvalid: "This is not a link for a device. It begins with ringdove-link:",
    linkOfAnother:
      "This link was made for another device. Enter the code of this one on the first device.",
    notFirst: "Only the first device of an account can add more.",
    offline: "Sign in before you add a device.",
    oneself:
      "That is this very device. The code comes from the one device, the link from the other.",
  },
};
