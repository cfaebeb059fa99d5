package dev.adamas.it.architecture;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The public types of a package with their public and protected members, as text. */
final class ApiText {

  private ApiText() {}

  /**
   * The package of a class, nested types included, in the order of their names. Names of the
   * package itself, of java.lang and of java.util stand without the package.
   */
  static String of(Class<?> member) throws IOException {
    return types(member).stream()
        .map(type -> text(type).replace(type.getName() + ".", ""))
        .collect(Collectors.joining("\n"))
        .replace(member.getPackageName() + ".", "")
        .replaceAll("java\\.(lang|util)\\.(?=[A-Z])", "");
  }

  private static List<Class<?>> types(Class<?> member) throws IOException {
    Path location;
    try {
      location = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    String folder = member.getPackageName().replace('.', '/') + "/";
    var module = ModuleFinder.of(location).findAll().iterator().next();
    try (ModuleReader reader = module.open();
        Stream<String> files = reader.list()) {
      return files
          .filter(file -> file.startsWith(folder) && file.endsWith(".class"))
          .map(file -> file.substring(0, file.length() - 6).replace('/', '.'))
          .filter(name -> !name.endsWith("-info"))
          .<Class<?>>map(name -> load(member, name))
          .filter(ApiText::isPublic)
          .sorted(Comparator.comparing(Class::getName))
          .toList();
    }
  }

  private static Class<?> load(Class<?> member, String name) {
    try {
      return Class.forName(name, false, member.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
      if (!Modifier.isPublic(c.getModifiers())) {
        return false;
      }
    }
    return true;
  }

  private static String text(Class<?> type) {
    Stream<String> members =
        Stream.of(
                constants(type),
                Arrays.stream(type.getDeclaredFields())
                    .filter(field -> visible(field) && !field.isEnumConstant())
                    .map(Field::toGenericString),
                executables(type.getDeclaredConstructors()),
                executables(type.getDeclaredMethods()))
            .flatMap(stream -> stream);
    return members
        .map(member -> "  " + member + "\n")
        .collect(Collectors.joining("", header(type) + "\n", ""));
  }

  /** Names in the order of declaration, which is part of the API. */
  private static Stream<String> constants(Class<?> type) {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants()).map(constant -> ((Enum<?>) constant).name())
        : Stream.empty();
  }

  private static Stream<String> executables(Executable[] executables) {
    return Arrays.stream(executables)
        .filter(ApiText::visible)
        .map(Executable::toGenericString)
        .sorted();
  }

  private static boolean visible(Member member) {
    return !member.isSynthetic()
        && (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
  }

  private static String header(Class<?> type) {
    String kind =
        type.isAnnotation()
            ? "@interface"
            : type.isInterface()
                ? "interface"
                : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    var header = new StringBuilder();
    header.append(type.isSealed() ? "sealed " : "");
    header.append(Modifier.isFinal(type.getModifiers()) && kind.equals("class") ? "final " : "");
    header.append(
        Modifier.isAbstract(type.getModifiers()) && kind.equals("class") ? "abstract " : "");
    header.append(kind).append(' ').append(type.getName());
    header.append(list("<", Arrays.stream(type.getTypeParameters()).map(ApiText::variable), ">"));
    if (type.isRecord()) {
      header.append(
          Arrays.stream(type.getRecordComponents())
              .map(ApiText::component)
              .collect(Collectors.joining(", ", "(", ")")));
    }
    if (kind.equals("class") && type.getSuperclass() != Object.class) {
      header.append(" extends ").append(type.getGenericSuperclass().getTypeName());
    }
    header.append(
        list(
            type.isInterface() ? " extends " : " implements ",
            Arrays.stream(type.getGenericInterfaces()).map(Type::getTypeName),
            ""));
    if (type.isSealed()) {
      header.append(
          list(" permits ", Arrays.stream(type.getPermittedSubclasses()).map(Class::getName), ""));
    }
    return header.toString();
  }

  private static String variable(TypeVariable<?> variable) {
    return variable.getName()
        + list(" extends ", Arrays.stream(variable.getBounds()).map(Type::getTypeName), "");
  }

  private static String component(RecordComponent component) {
    return component.getGenericType().getTypeName() + " " + component.getName();
  }

  private static String list(String before, Stream<String> parts, String after) {
    String joined = parts.collect(Collectors.joining(", "));
    return joined.isEmpty() ? "" : before + joined + after;
  }
}
