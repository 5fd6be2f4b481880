// The sender against a simulated line and kernel: its pace, its queue, its last value.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Sender, underWay } from "../../kdviz/app/js/sending.js";

/** A kernel `line` ms away (there and back) that works `work` ms on each message, one after the other, and says `spent`. */
function kernel(line, work, spent = work) {
  const state = { now: 0, free: 0, waiting: 0, longest: 0, seen: [], posted: [] };
  const events = [];
  mock.method(performance, "now", () => state.now);
  const at = (time, act) => events.push([time, act]);
  const sender = new Sender((values, seq) => {
    state.posted.push([values, seq]);
    at(state.now + line / 2, () => {
      state.waiting += 1;
      state.longest = Math.max(state.longest, state.waiting);
      state.free = Math.max(state.free, state.now) + work;
      at(state.free, () => {
        state.waiting -= 1;
        at(state.now + line / 2, () => {
          state.seen.push([seq, state.now]);
          sender.answered(seq, spent);
        });
      });
    });
  }, 0);
  state.run = (until) => {
    for (;;) {
      events.sort((a, b) => a[0] - b[0]);
      if (!events.length || events[0][0] > until) break;
      const [time, act] = events.shift();
      state.now = time;
      act();
    }
    state.now = until;
  };
  return { sender, state };
}

/** A hand that moves `rate` times a second for three seconds. */
function drag(line, work, spent = work, rate = 60) {
  const { sender, state } = kernel(line, work, spent);
  for (let i = 0; i < 3 * rate; i++) {
    state.run((i * 1000) / rate);
    sender.change({ T: i });
  }
  const last = state.now;
  state.run(last + 2000);
  sender.close();
  mock.restoreAll();
  const during = state.seen.filter(([, time]) => time <= last).length;
  return { sender, state, last, rate: during / 3, tail: state.seen.at(-1)[1] - last };
}

test("as many messages are under way as the line holds, and never more than eight", () => {
  assert.equal(underWay(0, 5), 1);
  assert.equal(underWay(8, 5), 2);
  assert.equal(underWay(100, 5), 7);
  assert.equal(underWay(100, 50), 3);
  assert.equal(underWay(1000, 1), 8);
  assert.equal(underWay(10, 500), 1);
});

for (const [line, spent, least] of [
  [0, 8, 55],
  [50, 8, 55],
  [100, 8, 54],
  [200, 8, 32],
  [100, 40, 20],
]) {
  test(`a drag over ${line} ms of line and ${spent} ms of computing is answered ${least} times a second`, () => {
    const { sender, state, rate, tail } = drag(line, spent);
    assert.ok(rate >= least, `${rate} a second`);
    assert.ok(state.longest <= 3, `${state.longest} waited in the kernel`);
    assert.ok(tail <= line + 4 * spent + 20, `the last value came after ${tail} ms`);
    assert.equal(sender.open.size, 0);
  });
}

test("where the work is done unseen, as in a busy server, no queue grows either", () => {
  const { state, rate, tail } = drag(100, 50, 5);
  assert.ok(rate >= 16, `${rate} a second`);
  assert.ok(state.longest <= 6, `${state.longest} waited`);
  assert.ok(tail <= 300, `the last value came after ${tail} ms`);
});

test("the last value that was set is the last that is sent, and numbers only grow", () => {
  const { state } = drag(100, 30);
  assert.deepEqual(state.posted.at(-1)[0], { T: 179 });
  const numbers = state.posted.map(([, seq]) => seq);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
});

test("a message holds every change without an answer, and a preset takes back those before it", () => {
  const posted = [];
  const sender = new Sender((values, seq) => posted.push([values, seq]), 4);
  sender.change({ T: 2 });
  sender.change({ cs: Number.POSITIVE_INFINITY });
  assert.deepEqual(posted, [[{ T: 2 }, 5]]);
  sender.answered(5, 1);
  assert.deepEqual(posted.at(-1), [{ cs: "inf" }, 6]);
  sender.change({ preset: "a" });
  sender.change({ K: 3 });
  sender.answered(6, 1);
  assert.deepEqual(posted.at(-1), [{ preset: "a", K: 3 }, 8]);
  sender.close();
});

test("what is lost on a line that was cut goes once more", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const posted = [];
  const sender = new Sender((values, seq) => posted.push([values, seq]), 0);
  sender.change({ T: 2 });
  sender.change({ cs: 1 });
  mock.timers.tick(3000);
  assert.deepEqual(posted.at(-1), [{ T: 2, cs: 1 }, 2]);
  for (let i = 0; i < 60; i++) mock.timers.tick(1000);
  assert.ok(posted.length <= 6, "ever more seldom");
  sender.answered(2, 1);
  const count = posted.length;
  mock.timers.tick(600_000);
  assert.equal(posted.length, count);
  mock.timers.reset();
});
