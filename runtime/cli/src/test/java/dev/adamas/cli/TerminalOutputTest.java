package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalOutputTest {

  @Test
  void alignsColumns() {
    var table =
        new Table(
            List.of(
                new Table.Column("policy", Table.Align.LEFT),
                new Table.Column("ms", Table.Align.RIGHT)));
    table.row(List.of("full", "12.25"));
    table.row(List.of("adamas-dot", "3"));
    var console = new Captured("");
    table.print(console.terminal(false).out());
    assertThat(console.out())
        .isEqualTo(
            """
            policy         ms
            full        12.25
            adamas-dot      3
            """);
  }

  @Test
  void redrawsTheBarOnATerminal() {
    var console = new Captured("");
    var clock = new AtomicLong();
    var progress = new Progress(console.terminal(true), "Reading", 1000, clock::get);
    clock.set(1_000_000_000L);
    progress.update(250);
    clock.set(1_050_000_000L);
    progress.update(300);
    clock.set(4_000_000_000L);
    progress.update(1000);
    assertThat(console.err())
        .isEqualTo(
            "\rReading [#######.......................] 250 of 1000 tokens, 250 tokens/s, 3 s left\u001b[K"
                + "\rReading [##############################] 1000 of 1000 tokens, 250 tokens/s, in 4.0 s\u001b[K\n");
  }

  @Test
  void printsAFewLinesElsewhere() {
    var console = new Captured("");
    var clock = new AtomicLong();
    var progress = new Progress(console.terminal(false), "Reading", 1000, clock::get);
    for (int done = 10; done <= 1000; done += 10) {
      clock.addAndGet(20_000_000L);
      progress.update(done);
    }
    assertThat(console.err().lines())
        .containsExactly(
            "Reading 250 of 1000 tokens, 500 tokens/s, 2 s left",
            "Reading 500 of 1000 tokens, 500 tokens/s, 1 s left",
            "Reading 750 of 1000 tokens, 500 tokens/s, 1 s left",
            "Reading 1000 of 1000 tokens, 500 tokens/s, in 2.0 s");
  }
}
