package dev.adamas.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output. It tells a reader that has gone, as {@code head} does when it has read enough,
 * from output that is lost, such as on a full disk.
 */
final class ResultStream extends PrintStream {

  private final Watched watched;

  ResultStream(OutputStream out) {
    this(new Watched(out));
  }

  private ResultStream(Watched watched) {
    super(watched, true, StandardCharsets.UTF_8);
    this.watched = watched;
  }

  /** Whether nobody reads any more. */
  boolean readerGone() {
    return watched.readerGone;
  }

  private static final class Watched extends FilterOutputStream {

    private volatile boolean readerGone;

    Watched(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        if ("Broken pipe".equals(e.getMessage())) {
          readerGone = true;
        }
        throw e;
      }
    }
  }
}
