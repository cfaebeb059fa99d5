package dev.adamas.engine;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How much memory a process can still take without swapping or being killed.
 *
 * <p>The JVM only knows free memory, and counts the page cache as used; a memory-mapped model would
 * then make a machine look full. Linux says what it could reclaim, so that is asked first.
 */
final class AvailableMemory {

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");

  private AvailableMemory() {}

  /** Bytes, from the machine and the container, whichever leaves less. */
  static long bytes() {
    OptionalLong machine = field(MEMINFO, "MemAvailable:", 1024);
    OptionalLong container = container();
    if (machine.isPresent() || container.isPresent()) {
      return Math.min(machine.orElse(Long.MAX_VALUE), container.orElse(Long.MAX_VALUE));
    }
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
  }

  /** What the control group (v2) leaves: its limit less what it uses and could not reclaim. */
  private static OptionalLong container() {
    OptionalLong limit = number(CGROUP.resolve("memory.max"));
    OptionalLong used = number(CGROUP.resolve("memory.current"));
    if (limit.isEmpty() || used.isEmpty()) {
      return OptionalLong.empty();
    }
    long files = field(CGROUP.resolve("memory.stat"), "inactive_file", 1).orElse(0);
    return OptionalLong.of(Math.max(0, limit.getAsLong() - used.getAsLong() + files));
  }

  private static OptionalLong number(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException _) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong field(Path file, String name, long unit) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split("\\s+", 3))
          .filter(parts -> parts.length > 1 && parts[0].equals(name))
          .map(parts -> parse(parts[1]))
          .findFirst()
          .map(value -> OptionalLong.of(value.orElse(0) * unit))
          .orElse(OptionalLong.empty());
    } catch (IOException | java.io.UncheckedIOException _) {
      return OptionalLong.empty();
    }
  }

  /** Empty for {@code max}, which is how a control group says that it has no limit. */
  private static OptionalLong parse(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException _) {
      return OptionalLong.empty();
    }
  }
}
