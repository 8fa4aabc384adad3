import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Scanner;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs command-line tools in one JVM, one after the other. A line on standard input is a call: the standard input of the
 * tool, its class and its arguments, each in Base64, separated by blanks. A line on standard output is the answer: exit
 * code, what it wrote to standard output, and to standard error.
 */
public final class ToolServer {
    /** What System.exit becomes. */
    private static final class Exited extends Error {
        Exited(int code) {
            super("exit " + code, null, false, false);
        }
    }

    /** Scala keeps the stream that it finds first, so the stream stays and its target changes. */
    private static final class Switch extends OutputStream {
        volatile ByteArrayOutputStream target = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            target.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            target.write(bytes, from, length);
        }
    }

    private static final Switch out = new Switch();
    private static final Switch err = new Switch();

    /** Loads the tools again for each call, since they keep counts and latches in static fields. */
    private static final class ToolLoader extends URLClassLoader {
        ToolLoader() {
            super(classPath(), ToolServer.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean isOfTools = name.startsWith("org.apache.kafka.tools.") || name.startsWith("kafka.");
            if (!isOfTools) return super.loadClass(name, resolve);
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        private static URL[] classPath() {
            return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> new File(path).getName().startsWith("kafka"))
                .map(ToolLoader::urlOf)
                .toArray(URL[]::new);
        }

        private static URL urlOf(String path) {
            try {
                return new File(path).toURI().toURL();
            } catch (MalformedURLException error) {
                throw new IllegalArgumentException(path, error);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        Scanner calls = new Scanner(System.in, StandardCharsets.US_ASCII);
        System.setOut(new PrintStream(out, true, "UTF-8"));
        System.setErr(new PrintStream(err, true, "UTF-8"));
        Exit.setExitProcedure(ToolServer::exit);
        Exit.setHaltProcedure(ToolServer::exit);
        while (calls.hasNextLine()) {
            String[] call = Arrays.stream(calls.nextLine().split(" ", -1)).map(ToolServer::decode).toArray(String[]::new);
            ByteArrayOutputStream printed = out.target = new ByteArrayOutputStream();
            ByteArrayOutputStream complained = err.target = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(call[0].getBytes(StandardCharsets.UTF_8)));
            int code = run(call[1], Arrays.copyOfRange(call, 2, call.length));
            System.out.flush();
            System.err.flush();
            answers.println(code + " " + encode(printed) + " " + encode(complained));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    /** The first exit counts: a tool may take the one that is thrown here for a failure, and exit again. */
    private static Integer exitCode;

    private static void exit(int code, String message) {
        if (exitCode == null) exitCode = code;
        System.out.flush();
        System.err.flush();
        // Nobody would hear what is said after the end of a process.
        out.target = new ByteArrayOutputStream();
        err.target = new ByteArrayOutputStream();
        throw new Exited(code);
    }

    private static int run(String tool, String[] args) {
        exitCode = null;
        int code = call(tool, args);
        return exitCode == null ? code : exitCode;
    }

    private static int call(String tool, String[] args) {
        ToolLoader loader = new ToolLoader();
        Thread.currentThread().setContextClassLoader(loader);
        try {
            loader.loadClass(tool).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof Exited) return 0;
            error.getCause().printStackTrace();
            return 1;
        } catch (Throwable error) {
            error.printStackTrace();
            return 1;
        }
    }

    private static String decode(String text) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }

    private static String encode(ByteArrayOutputStream bytes) {
        String text = Base64.getEncoder().encodeToString(bytes.toByteArray());
        return text.isEmpty() ? "=" : text;
    }
}
