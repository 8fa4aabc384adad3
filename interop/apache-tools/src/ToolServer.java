import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
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

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        Scanner calls = new Scanner(System.in, StandardCharsets.US_ASCII);
        Switch out = new Switch();
        Switch err = new Switch();
        System.setOut(new PrintStream(out, true, "UTF-8"));
        System.setErr(new PrintStream(err, true, "UTF-8"));
        Exit.setExitProcedure(ToolServer::exit);
        Exit.setHaltProcedure(ToolServer::exit);
        while (calls.hasNextLine()) {
            String[] call = Arrays.stream(calls.nextLine().split(" ", -1)).map(ToolServer::decode).toArray(String[]::new);
            out.target = new ByteArrayOutputStream();
            err.target = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(call[0].getBytes(StandardCharsets.UTF_8)));
            int code = run(call[1], Arrays.copyOfRange(call, 2, call.length));
            System.out.flush();
            System.err.flush();
            answers.println(code + " " + encode(out.target) + " " + encode(err.target));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    /** The first exit counts: a tool may take the one that is thrown here for a failure, and exit again. */
    private static Integer exitCode;

    private static void exit(int code, String message) {
        if (message != null) System.err.println(message);
        if (exitCode == null) exitCode = code;
        throw new Exited(code);
    }

    private static int run(String tool, String[] args) {
        exitCode = null;
        int code = call(tool, args);
        return exitCode == null ? code : exitCode;
    }

    private static int call(String tool, String[] args) {
        try {
            Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) args);
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
