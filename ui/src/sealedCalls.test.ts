import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  sign,
  type KeyObject,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

/** `docs/sealed-calls.md`, once more and without a line of the crate: `crates/seal/vectors`. */
const path = resolve(import.meta.dirname, "../../crates/seal/vectors/call.json");
const vectors = JSON.parse(readFileSync(path, "utf8")) as {
  invite: { commitment: string; device: string; signature: string };
  accept: { device: string; key: string; signature: string; link: { account_key: string } };
  body_of_caller: { opening: { key: string; blind: string }; sealed: string };
  body_of_callee: { sealed: string };
  given: {
    server: string;
    call: string;
    caller: string;
    callee: string;
    signal_of_caller: { seq: number; text: string };
    signal_of_callee: { seq: number; text: string };
  };
  pictures: number[];
  safety_number: string;
};
const { given, invite, accept } = vectors;
const call = bytes(given.call);
const own = key("x25519", 0x0b);
const theirs = key("x25519", 0x0c);
const caller = publicBytes(key("ed25519", 1));
const callee = publicBytes(key("ed25519", 2));
const account = publicBytes(key("ed25519", 3));
const blind = Buffer.alloc(32, 0x0b);

test("what is signed and promised is as in the vectors", () => {
  const names = [given.server, call, given.caller, given.callee];
  expect(bytes(invite.device)).toEqual(caller);
  expect(bytes(accept.link.account_key)).toEqual(account);
  expect(bytes(accept.key)).toEqual(publicBytes(theirs));
  const promised = fields("ringdove-commitment-v1", publicBytes(own), blind);
  const commitment = createHash("sha256").update(promised).digest();
  expect(bytes(invite.commitment)).toEqual(commitment);
  const invited = fields("ringdove-invite-v1", ...names, caller, caller, commitment, pair(1, 1));
  expect(bytes(invite.signature)).toEqual(sign(null, invited, key("ed25519", 1)));
  const accepted = fields(
    "ringdove-accept-v1",
    ...names,
    caller,
    caller,
    commitment,
    account,
    callee,
    publicBytes(theirs),
    pair(1, 0),
  );
  expect(bytes(accept.signature)).toEqual(sign(null, accepted, key("ed25519", 2)));
});

test("keys, sealed signals and pictures are as in the vectors", () => {
  const secret = diffieHellman({ privateKey: own, publicKey: createPublicKey(theirs) });
  const expand = (purpose: string): Buffer => {
    const info = fields(
      "ringdove-call-v1",
      purpose,
      given.server,
      call,
      given.caller,
      given.callee,
      caller,
      account,
      caller,
      callee,
      bytes(invite.commitment),
      publicBytes(theirs),
      publicBytes(own),
    );
    return Buffer.from(hkdfSync("sha256", secret, call, info, 32));
  };
  const seal = (who: string, seq: number, text: string): string => {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(seq, 8);
    const cipher = createCipheriv("chacha20-poly1305", expand(who), nonce, { authTagLength: 16 });
    cipher.setAAD(fields("ringdove-signal-v1", call, who), { plaintextLength: text.length });
    const sealed = [cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString("base64url");
  };
  const { signal_of_caller: first, signal_of_callee: second } = given;
  expect(vectors.body_of_caller.sealed).toBe(seal("caller", first.seq, first.text));
  expect(vectors.body_of_callee.sealed).toBe(seal("callee", second.seq, second.text));
  const { opening } = vectors.body_of_caller;
  expect([bytes(opening.key), bytes(opening.blind)]).toEqual([publicBytes(own), blind]);
  const bits = expand("compare").readUInt32BE(0);
  expect(vectors.pictures).toEqual([26, 20, 14, 8, 2].map((shift) => (bits >>> shift) & 63));
});

test("the safety number is as in the vectors", () => {
  const digits = [caller, account]
    .sort((one, other) => Buffer.compare(one, other))
    .map((key) => {
      const digest = createHash("sha512").update(fields("ringdove-safety-v1", key)).digest();
      return [0, 1, 2, 3, 4, 5]
        .map((at) => (digest.readUIntBE(5 * at, 5) % 100_000).toString().padStart(5, "0"))
        .join("");
    });
  expect(vectors.safety_number).toBe(digits.join(""));
});

function fields(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part as string)];
    }),
  );
}

function pair(audio: number, video: number): Buffer {
  return Buffer.from([audio, video]);
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

/** RFC 8410: the object identifiers 1.3.101.110 and 1.3.101.112, and 32 bytes. */
function key(kind: "x25519" | "ed25519", byte: number): KeyObject {
  const head = `302e020100300506032b65${kind === "x25519" ? "6e" : "70"}04220420`;
  const der = Buffer.concat([Buffer.from(head, "hex"), Buffer.alloc(32, byte)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}
