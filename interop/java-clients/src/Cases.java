import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** A test harness in a page: cases run in the order in which they were added and are reported line by line. */
final class Cases {
    interface Case {
        void run() throws Exception;
    }

    private final Map<String, Case> cases = new LinkedHashMap<>();

    void add(String name, Case body) {
        if (cases.put(name, body) != null) throw new IllegalArgumentException(name);
    }

    void run() {
        cases.forEach((name, body) -> {
            try {
                body.run();
                System.out.println("ok - " + name);
            } catch (Throwable error) {
                for (StackTraceElement line : error.getStackTrace()) System.out.println("# at " + line);
                if (error.getCause() != null) System.out.println("# caused by " + error.getCause());
                System.out.println("not ok - " + name + "\t" + String.valueOf(error).replaceAll("\\s+", " "));
            }
            System.out.flush();
        });
        System.out.println("done");
    }

    static void equal(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) throw new AssertionError(cut(actual) + " instead of " + cut(expected));
    }

    static void check(boolean condition, Object what) {
        if (!condition) throw new AssertionError(what);
    }

    /** Calls `probe` until it returns true. */
    static void until(String what, Callable<Boolean> probe) throws Exception {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!probe.call()) {
            if (System.nanoTime() > deadline) throw new AssertionError(what + ": not within 30 s");
            Thread.sleep(2);
        }
    }

    /** The exception that `body` must throw, taken out of an ExecutionException. */
    static <E extends Throwable> E raises(Class<E> kind, Case body) throws Exception {
        try {
            body.run();
        } catch (Throwable error) {
            Throwable inner = error instanceof ExecutionException ? error.getCause() : error;
            if (kind.isInstance(inner)) return kind.cast(inner);
            throw new AssertionError(inner + " instead of " + kind.getSimpleName(), inner);
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    private static String cut(Object value) {
        String text = String.valueOf(value);
        return text.length() > 600 ? text.substring(0, 600) + " ..." : text;
    }
}
