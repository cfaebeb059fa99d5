package dev.adamas.engine;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread that looks at a folder when the system tells of a change in it, and at intervals all the
 * same: network file systems tell nothing, and a system may run out of watches.
 */
final class FolderWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  private final Path folder;
  private final Optional<WatchService> service;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Thread thread;

  private FolderWatch(Path folder, Optional<WatchService> service) {
    this.folder = folder;
    this.service = service;
  }

  static FolderWatch of(Path folder) {
    Optional<WatchService> service;
    try {
      service = Optional.of(folder.getFileSystem().newWatchService());
    } catch (IOException | UnsupportedOperationException _) {
      service = Optional.empty();
    }
    return new FolderWatch(folder, service);
  }

  /**
   * Starts looking.
   *
   * @param look what is done
   * @param wait for how long at most it is not done
   */
  void start(String name, Runnable look, Supplier<Duration> wait) {
    Thread started = Thread.ofPlatform().daemon().name(name).unstarted(() -> watch(look, wait));
    thread = started;
    started.start();
  }

  private void watch(Runnable look, Supplier<Duration> wait) {
    while (closed.getCount() > 0) {
      try {
        register(folder);
        if (!pause(wait.get())) {
          look.run();
        }
      } catch (InterruptedException | ClosedWatchServiceException _) {
        return;
      } catch (RuntimeException | LinkageError e) {
        LOG.log(System.Logger.Level.ERROR, "Looking at " + folder + " failed", e);
      }
    }
  }

  /** Waits for a change; true where the watch was closed. */
  private boolean pause(Duration most) throws InterruptedException {
    if (service.isEmpty()) {
      return closed.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }
    WatchKey key = service.get().poll(most.toNanos(), TimeUnit.NANOSECONDS);
    while (key != null) {
      key.pollEvents();
      key.reset();
      key = service.get().poll();
    }
    return closed.getCount() == 0;
  }

  /** Registering a folder again changes nothing, and the folders of new plugins must be. */
  private void register(Path root) {
    if (service.isEmpty()) {
      return;
    }
    try (var entries = Files.newDirectoryStream(root, Files::isDirectory)) {
      root.register(service.get(), ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
      for (Path entry : entries) {
        entry.register(service.get(), ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
      }
    } catch (IOException _) {
      // Looked at in intervals then.
    }
  }

  @Override
  public void close() {
    closed.countDown();
    service.ifPresent(
        open -> {
          try {
            open.close();
          } catch (IOException _) {
            // Nothing is lost.
          }
        });
    Thread started = thread;
    if (started != null && started != Thread.currentThread()) {
      try {
        started.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
