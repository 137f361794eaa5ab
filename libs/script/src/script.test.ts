import { architectures } from "@vimto/linux";
import { describe, expect, test } from "vitest";
import { CALL_SIZE, KEEP, ON_FAILURE, PSEUDO, SCRIPT_ADDRESS, SCRIPT_LIMIT } from "./format.ts";
import { KEPT, PREVIOUS, Script } from "./script.ts";

/** errno values of the kernel. */
const EEXIST = 17;

describe.each(architectures)("a script for %s", (arch) => {
  /** The words of what was built, and what the launcher finds at an address. */
  function built(script: Script, named = false) {
    const bytes = script.build(named ? { nameOf: (step) => step } : {});
    const view = new DataView(bytes.buffer);
    const call = (index: number) => {
      const at = 8 + index * CALL_SIZE;
      return {
        number: view.getUint32(at, true),
        failure: view.getUint8(at + 4),
        except: view.getUint8(at + 5),
        after: view.getUint16(at + 6, true),
        mask: view.getUint32(at + 8, true),
        step: BigInt(view.getUint32(at + 12, true)),
        args: Array.from({ length: 6 }, (_, i) => view.getBigInt64(at + 16 + 8 * i, true)),
      };
    };
    const offset = (address: bigint | undefined) =>
      8 + Number((address ?? 0n) - BigInt(SCRIPT_ADDRESS));
    const text = (address: bigint | undefined) => {
      const start = offset(address);
      return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
    };
    const pointer = (address: bigint | undefined, index: number) =>
      view.getBigInt64(offset(address) + 8 * index, true);
    return { bytes, view, call, text, pointer, offset };
  }

  test("begins with its length and the number of its calls", () => {
    const { bytes, view } = built(new Script(arch).mark(1).call("sync", "sync", []));
    expect(view.getUint32(0, true)).toBe(bytes.length - 8);
    expect(view.getUint32(4, true)).toBe(2);
    expect(bytes.length).toBe(8 + 2 * CALL_SIZE);
    expect(new Script(arch).build()).toEqual(new Uint8Array(8));
  });

  test("calls have numbers, arguments, and what to do when they fail", () => {
    const made = built(
      new Script(arch)
        .call("a", "setgroups", [-1, 0xffff_ffff_ffff_fff0n, PREVIOUS])
        .call("b", "umask", [0o22], { failure: "ignore", after: EEXIST })
        .call("c", "umask", [0o22], { failure: "continue", except: EEXIST, keep: true })
        .started()
        .mark(7)
        .call("d", "close", [KEPT, PREVIOUS]),
    );
    expect(made.call(0)).toEqual({
      number: arch === "x86_64" ? 116 : 159,
      failure: ON_FAILURE.stop,
      except: 0,
      after: 0,
      mask: 0b100,
      step: 0n,
      args: [-1n, -16n, 0n, 0n, 0n, 0n],
    });
    expect(made.call(1)).toMatchObject({ failure: ON_FAILURE.ignore, after: EEXIST, mask: 0 });
    expect(made.call(2)).toMatchObject({
      failure: ON_FAILURE.continue | KEEP,
      except: EEXIST,
      after: 0,
    });
    expect(made.call(3)).toMatchObject({ number: PSEUDO.started, args: [0n, 0n, 0n, 0n, 0n, 0n] });
    expect(made.call(4)).toMatchObject({ number: PSEUDO.mark, args: [7n, 0n, 0n, 0n, 0n, 0n] });
    expect(made.call(5)).toMatchObject({ mask: 0b1_0000_0010 });
  });

  test("brings the names of its steps along when it is asked to", () => {
    const script = new Script(arch).call("make coffee", "sync", []).call("é", "sync", []);
    const made = built(script, true);
    expect([0, 1].map((index) => made.text(made.call(index).step))).toEqual(["make coffee", "é"]);
    expect(script.build().length).toBeLessThan(made.bytes.length);
  });

  test("texts, bytes and lists lie behind the calls, aligned, where guest init reads them to", () => {
    const made = built(
      new Script(arch)
        .call("execve", "execve", ["/bin/é", ["a", "", "/bin/é"], []])
        .call("write", "write", [1, Uint8Array.of(1, 2, 3), 3]),
    );
    const { args } = made.call(0);
    expect(made.text(args[0])).toBe("/bin/é");
    expect(made.text(made.pointer(args[1], 0))).toBe("a");
    expect(made.text(made.pointer(args[1], 1))).toBe("");
    // A text that comes again is there once.
    expect(made.pointer(args[1], 2)).toBe(args[0]);
    expect(made.pointer(args[1], 3)).toBe(0n);
    expect(made.pointer(args[2], 0)).toBe(0n);
    const bytes = made.offset(made.call(1).args[1]);
    expect(made.bytes.subarray(bytes, bytes + 3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(made.bytes.length % 8).toBe(0);
    for (const address of [args[0], args[1], args[2], made.call(1).args[1]])
      expect((address ?? 1n) % 8n).toBe(0n);
  });

  test("knows the step of each call", () => {
    const script = new Script(arch).mark(0).call("enter the root", "chroot", ["/root"]).started();
    expect(script.steps).toEqual([undefined, "enter the root", undefined]);
    expect(script.step(1)).toBe("enter the root");
    expect(script.step(9)).toBeUndefined();
  });

  test("refuses what guest init could not hold", () => {
    const fits = new Script(arch).call("a", "write", [1, new Uint8Array(SCRIPT_LIMIT - CALL_SIZE)]);
    expect(fits.build().length).toBe(SCRIPT_LIMIT + 8);
    expect(() => fits.mark(0).build()).toThrow(
      new RangeError(
        `arguments and environment take ${SCRIPT_LIMIT + CALL_SIZE} bytes: at most ${SCRIPT_LIMIT} can be passed`,
      ),
    );
  });

  test("refuses a text that the kernel would cut at its NUL byte", () => {
    const script = new Script(arch).call("execve", "execve", ["/bin/sh", ["sh", "a\0b"], []]);
    expect(() => script.build()).toThrow(
      new RangeError('"a\\u0000b" cannot be passed to a command: it holds a NUL byte'),
    );
  });
});
