package dev.adamas.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line: subcommands, and how errors become one sentence and an exit code. */
@Command(
    name = "adamas",
    description = "Decodes language models with attention policies that can be exchanged.",
    versionProvider = AdamasCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Start with 'adamas demo'; 'adamas COMMAND --help' explains a command.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
final class AdamasCommand implements Runnable {

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads the option itself
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  @SuppressWarnings("UnusedVariable") // picocli reads the option itself
  private boolean version;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command");
  }

  /**
   * Runs a command.
   *
   * @return its exit code
   */
  static int run(Terminal terminal, String... args) {
    var root = new AdamasCommand();
    var commandLine = new CommandLine(root);
    List.of(
            new DemoCommand(terminal),
            new RunCommand(terminal),
            new EvalCommand(terminal),
            new ReportCommand(terminal),
            new ListCommand(terminal),
            new TokensCommand(terminal),
            new InfoCommand(terminal),
            new TckCommand(terminal))
        .forEach(commandLine::addSubcommand);
    commandLine
        .setOut(writer(terminal.out()))
        .setErr(writer(terminal.err()))
        .setUsageHelpLongOptionsMaxWidth(28)
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler(
            (e, _) -> {
              var command = e.getCommandLine().getCommandSpec().qualifiedName();
              return root.fail(
                  terminal,
                  e,
                  Sentences.joined(
                      Sentences.of(e), "'%s --help' explains the usage".formatted(command)),
                  CommandLine.ExitCode.USAGE);
            })
        .setExecutionExceptionHandler(
            (e, _, _) -> root.fail(terminal, e, Sentences.of(e), CommandLine.ExitCode.SOFTWARE));
    try {
      int code = commandLine.execute(args);
      // A print stream keeps its errors to itself until it is asked.
      if (code == CommandLine.ExitCode.OK && terminal.out().checkError()) {
        boolean readerGone = terminal.out() instanceof ResultStream results && results.readerGone();
        if (!readerGone) {
          terminal
              .err()
              .println(
                  "adamas: Standard output could not be written; it was closed, or its disk is"
                      + " full.");
        }
        return CommandLine.ExitCode.SOFTWARE;
      }
      return code;
    } catch (Error e) { // picocli handles exceptions only
      return root.fail(terminal, e, Sentences.of(e), CommandLine.ExitCode.SOFTWARE);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  private int fail(Terminal terminal, Throwable error, String sentence, int code) {
    terminal.err().println("adamas: " + sentence);
    if (verbose) {
      error.printStackTrace(terminal.err());
    }
    return code;
  }

  /** The version of this module. */
  static String moduleVersion() {
    return Optional.ofNullable(AdamasCommand.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(unpackaged)");
  }

  /** What {@code --version} prints. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "adamas " + moduleVersion(),
        "Java %s (%s), %s %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"))
      };
    }
  }
}
