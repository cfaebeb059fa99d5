package dev.adamas.it.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. What a plugin keeps to besides is in {@link OwnJarsTest}. */
@AnalyzeClasses(packages = "dev.adamas", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String API = "dev.adamas.api..";
  private static final String ENGINE = "dev.adamas.engine..";
  private static final String OSGI = "dev.adamas.osgi..";
  private static final String MODEL = "dev.adamas.model..";
  private static final String EVAL = "dev.adamas.eval..";
  private static final String TCK = "dev.adamas.tck..";
  private static final String CLI = "dev.adamas.cli..";

  private static final DescribedPredicate<JavaClass> OURS = resideInAnyPackage("dev.adamas..");

  @ArchTest
  static final ArchRule apiKnowsNothing =
      classes()
          .that()
          .resideInAPackage(API)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(API, "java..", "org.jspecify.annotations..");

  @ArchTest static final ArchRule engineKnowsTheApi = knowsOnlyItselfAnd(ENGINE, API);

  @ArchTest static final ArchRule osgiKnowsTheEngine = knowsOnlyItselfAnd(OSGI, ENGINE, API);

  @ArchTest static final ArchRule modelKnowsTheEngine = knowsOnlyItselfAnd(MODEL, ENGINE, API);

  @ArchTest static final ArchRule evalKnowsTheModel = knowsOnlyItselfAnd(EVAL, MODEL, ENGINE, API);

  @ArchTest
  static final ArchRule cliKnowsTheEvaluation =
      knowsOnlyItselfAnd(CLI, EVAL, TCK, MODEL, OSGI, ENGINE, API);

  @ArchTest
  static final ArchRule frameworksStayInOnePackage =
      noClasses()
          .that()
          .resideOutsideOfPackage(OSGI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.osgi..", "org.apache.felix..");

  /** The same code runs in Felix, in Equinox and in a host's framework. */
  @ArchTest
  static final ArchRule osgiKnowsNoFramework =
      noClasses()
          .that()
          .resideInAPackage(OSGI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.felix..", "org.eclipse..");

  /** It compares with the scalar backend, over the plans of the policies. */
  @ArchTest
  static final ArchRule tckKnowsTheOracleAndThePolicies =
      knowsOnlyItselfAnd(
          TCK,
          ENGINE,
          API,
          "dev.adamas.backend.scalar..",
          "dev.adamas.policy..",
          "dev.adamas.baseline..");

  @ArchTest
  static final ArchRule onlyKitsForAuthorsKnowJUnit =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.adamas.tck.junit..", "dev.adamas.conformance..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.junit..");

  private static ArchRule knowsOnlyItselfAnd(String own, String... others) {
    String[] allowed = java.util.Arrays.copyOf(others, others.length + 1);
    allowed[others.length] = own;
    return classes()
        .that()
        .resideInAPackage(own)
        .should()
        .onlyDependOnClassesThat(DescribedPredicate.not(OURS).or(resideInAnyPackage(allowed)));
  }

  @ArchTest
  static final ArchRule vectorApiStaysInTwoPackages =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.adamas.backend.vector..", "dev.adamas.model.tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  @ArchTest
  static final ArchRule nativeCallsStayInOnePackage =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.adamas.backend.cuda..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");

  @ArchTest
  static final ArchRule packagesOfTheModelHaveNoCycles =
      slices().matching("dev.adamas.model.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheCommandLineEndsTheProcess =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.adamas.cli.Main")
          .should()
          .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");
}
