package dev.adamas.it.documentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The README's text. What a test compares is marked in it: {@code <!-- file: PATH -->} before a
 * fenced block that holds a file of the repository, {@code <!-- generated: NAME -->} and {@code
 * <!-- end: NAME -->} around what is made from the code.
 */
final class Readme {

  /** The repository. */
  static final Path ROOT =
      Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize().resolve("../..");

  private static final Path FILE = ROOT.resolve("README.md");
  private static final Pattern EXAMPLE =
      Pattern.compile(
          "<!-- file: (\\S+) -->\n```\\w*\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  /** A fenced block and the file that it shows. */
  record Example(String path, String text) {
    @Override
    public String toString() {
      return path;
    }
  }

  private Readme() {}

  static String text() {
    return read(FILE);
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The blocks that show a file. */
  static List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    Matcher matcher = EXAMPLE.matcher(text());
    while (matcher.find()) {
      examples.add(new Example(matcher.group(1), matcher.group(2)));
    }
    return examples;
  }

  /** What stands between the marks of a generated part. */
  static String generated(String name) {
    String text = text();
    return text.substring(start(text, name), end(text, name));
  }

  /** Replaces a generated part. */
  static void write(String name, String generated) throws IOException {
    String text = text();
    Files.writeString(
        FILE, text.substring(0, start(text, name)) + generated + text.substring(end(text, name)));
  }

  private static int start(String text, String name) {
    String mark = "<!-- generated: " + name + " -->\n";
    return index(text, mark) + mark.length();
  }

  private static int end(String text, String name) {
    return index(text, "<!-- end: " + name + " -->");
  }

  private static int index(String text, String mark) {
    int index = text.indexOf(mark);
    if (index < 0 || text.indexOf(mark, index + 1) >= 0) {
      throw new IllegalStateException("The README must have the mark '" + mark.strip() + "' once.");
    }
    return index;
  }
}
