package dev.adamas.tck;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.tck.lab.Expect;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;

/** A view that can only be read, and only until its call ends. */
final class AssertedView implements KvView {

  private final KvView view;
  private final String user;
  private volatile String endedAfter = "";

  AssertedView(KvView view, String user) {
    this.view = view;
    this.user = user;
  }

  /** Ends the call. */
  void end(String call) {
    endedAfter = call;
  }

  /** A number that changes with the bytes of the pages in host memory. */
  long checksum() {
    CRC32C crc = new CRC32C();
    int pages = (view.length() + view.tokensPerPage() - 1) / view.tokensPerPage();
    for (int i = 0; i < pages; i++) {
      if (view.page(i) instanceof Page.Host page) {
        crc.update(page.keys().toArray(ValueLayout.JAVA_BYTE));
        crc.update(page.values().toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return crc.getValue();
  }

  private KvView view() {
    Expect.that(
        endedAfter.isEmpty(),
        "%s used a cache's view after %s, the call that it was passed to, had returned.",
        user,
        endedAfter);
    return view;
  }

  @Override
  public ModelShape shape() {
    return view().shape();
  }

  @Override
  public KvType type() {
    return view().type();
  }

  @Override
  public int length() {
    return view().length();
  }

  @Override
  public long generation() {
    return view().generation();
  }

  @Override
  public int calibrationLength() {
    return view().calibrationLength();
  }

  @Override
  public int tokensPerPage() {
    return view().tokensPerPage();
  }

  @Override
  public long keyTokenStride() {
    return view().keyTokenStride();
  }

  @Override
  public long keyHeadStride() {
    return view().keyHeadStride();
  }

  @Override
  public long valueTokenStride() {
    return view().valueTokenStride();
  }

  @Override
  public long valueHeadStride() {
    return view().valueHeadStride();
  }

  @Override
  public Page page(int index) {
    KvView open = view();
    int pages = (open.length() + open.tokensPerPage() - 1) / open.tokensPerPage();
    Expect.that(
        index >= 0 && index < pages, "%s asked for page %d of %d pages.", user, index, pages);
    return switch (open.page(index)) {
      case Page.Host host -> new Page.Host(host.keys().asReadOnly(), host.values().asReadOnly());
      case Page.Device device -> device;
    };
  }
}
