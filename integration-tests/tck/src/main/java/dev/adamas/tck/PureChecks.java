package dev.adamas.tck;

import dev.adamas.api.Stage;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.OwnThreads;
import dev.adamas.tck.lab.Parallel;
import dev.adamas.tck.lab.StageCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** What every stage must do: be a pure function over memory that belongs to the caller. */
final class PureChecks<S extends Stage> {

  private static final int GUARD = 32;

  private final Supplier<? extends S> maker;
  private final Function<S, List<StageCall<S>>> calls;

  /**
   * The checks.
   *
   * @param calls calls that the stage supports
   */
  PureChecks(Supplier<? extends S> maker, Function<S, List<StageCall<S>>> calls) {
    this.maker = maker;
    this.calls = calls;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "same-settings-same-spec",
            "Has a spec that depends on its settings alone.",
            this::specs),
        new Check(
            "deterministic",
            "Gives the same bits however often it is called, also by another instance.",
            this::deterministic),
        new Check(
            "any-memory",
            "Takes native memory and Java arrays, aligned and not, with the same result.",
            this::anyMemory),
        new Check(
            "whole-output",
            "Writes all of its output and nothing beside it, and never writes into its input.",
            this::wholeOutput),
        new Check(
            "retains-nothing", "Keeps nothing of a call after it returns.", this::retainsNothing),
        new Check(
            "parallel-use",
            "Gives the same bits when several threads call it at once.",
            this::parallel),
        new Check("leaves-no-thread", "Starts no thread that outlives its calls.", this::threads));
  }

  private void specs() {
    S first = maker.get();
    S second = maker.get();
    Expect.that(
        first.spec().equals(second.spec()) && first.spec().equals(first.spec()),
        "Two stages with the same settings have the specs %s and %s.",
        first.spec(),
        second.spec());
  }

  private void deterministic() {
    S stage = maker.get();
    S other = maker.get();
    for (StageCall<S> call : calls.apply(stage)) {
      byte[] first = call.result(stage);
      for (int again = 0; again < 3; again++) {
        Expect.that(
            Arrays.equals(call.result(stage), first),
            "%s: the same call gave another result.",
            call.name());
      }
      Expect.that(
          Arrays.equals(call.result(other), first),
          "%s: another instance gave another result.",
          call.name());
    }
  }

  private void anyMemory() {
    S stage = maker.get();
    for (StageCall<S> call : calls.apply(stage)) {
      byte[] expected = call.result(stage);
      for (boolean heap : new boolean[] {false, true}) {
        for (int shift : new int[] {0, 1, 6}) {
          try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> inputs =
                call.inputs().stream().map(in -> copy(in, arena, heap, shift)).toList();
            MemorySegment output = memory(call.outputBytes(), arena, heap, shift);
            int written = call.body().run(stage, inputs, output);
            Expect.that(
                Arrays.equals(prefix(output, written), expected),
                "%s: another result in %s memory, %d bytes from an aligned address.",
                call.name(),
                heap ? "heap" : "native",
                shift);
          }
        }
      }
    }
  }

  private static MemorySegment memory(int bytes, Arena arena, boolean heap, int shift) {
    MemorySegment all =
        heap ? MemorySegment.ofArray(new byte[bytes + shift]) : arena.allocate(bytes + shift, 16);
    return all.asSlice(shift, bytes);
  }

  private static MemorySegment copy(byte[] bytes, Arena arena, boolean heap, int shift) {
    return memory(bytes.length, arena, heap, shift).copyFrom(MemorySegment.ofArray(bytes));
  }

  private static byte[] prefix(MemorySegment segment, int bytes) {
    return segment.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  private void wholeOutput() {
    S stage = maker.get();
    for (StageCall<S> call : calls.apply(stage)) {
      byte[] zeros = guarded(stage, call, (byte) 0);
      byte[] ones = guarded(stage, call, (byte) -1);
      Expect.that(
          Arrays.equals(zeros, ones),
          "%s: some of its output keeps what was there before the call.",
          call.name());
    }
  }

  private byte[] guarded(S stage, StageCall<S> call, byte before) {
    try (Arena arena = Arena.ofConfined()) {
      List<MemorySegment> inputs =
          call.inputs().stream().map(in -> copy(in, arena, false, 0).asReadOnly()).toList();
      MemorySegment all = arena.allocate(call.outputBytes() + 2 * GUARD, 16);
      all.fill((byte) 0x5a);
      MemorySegment output = all.asSlice(GUARD, call.outputBytes()).fill(before);
      int written;
      try {
        // More room than it needs, so that writing beside the output is seen and not refused.
        written = call.body().run(stage, inputs, all.asSlice(GUARD));
      } catch (UnsupportedOperationException | IllegalArgumentException e) {
        throw new AssertionError(
            "%s: it failed on read-only input: %s".formatted(call.name(), e), e);
      }
      for (int i = 0; i < GUARD; i++) {
        Expect.that(
            all.get(ValueLayout.JAVA_BYTE, i) == 0x5a
                && all.get(ValueLayout.JAVA_BYTE, GUARD + (long) call.outputBytes() + i) == 0x5a,
            "%s: it wrote beside its output of %d bytes.",
            call.name(),
            call.outputBytes());
      }
      return prefix(output, written);
    }
  }

  private void retainsNothing() {
    S stage = maker.get();
    for (StageCall<S> call : calls.apply(stage)) {
      byte[] expected = call.result(stage);
      for (int again = 0; again < 3; again++) {
        try (Arena arena = Arena.ofConfined()) {
          List<MemorySegment> inputs =
              call.inputs().stream().map(in -> copy(in, arena, false, 0)).toList();
          MemorySegment output = arena.allocate(Math.max(1, call.outputBytes()));
          int written = call.body().run(stage, inputs, output);
          Expect.that(
              Arrays.equals(prefix(output, written), expected),
              "%s: another result when every call brings other memory.",
              call.name());
        } catch (IllegalStateException | WrongThreadException e) {
          throw new AssertionError(
              "%s: it used memory of an earlier call, which was freed when that returned: %s"
                  .formatted(call.name(), e.getMessage()),
              e);
        }
      }
    }
  }

  private void parallel() throws Exception {
    S stage = maker.get();
    List<StageCall<S>> all = calls.apply(stage);
    List<byte[]> expected = new ArrayList<>();
    all.forEach(call -> expected.add(call.result(maker.get())));
    Parallel.run(
        4,
        number -> {
          for (int round = 0; round < 40; round++) {
            int i = (number + round) % all.size();
            Expect.that(
                Arrays.equals(all.get(i).result(stage), expected.get(i)),
                "%s: another result while other threads called it.",
                all.get(i).name());
          }
        });
  }

  private void threads() throws Exception {
    List<String> left =
        OwnThreads.leftBy(
            () -> {
              S stage = maker.get();
              calls.apply(stage).forEach(call -> call.result(stage));
            });
    Expect.that(left.isEmpty(), "After its calls these threads still run: %s.", left);
  }
}
