/** java Main BOOTSTRAP PREFIX TARGET: all cases of this version of the Java clients against one broker. */
public final class Main {
    public static void main(String[] args) {
        Kit kit = new Kit(args[0], args[1], args[2]);
        Cases cases = new Cases();
        ProducerCases.add(cases, kit);
        ReadingCases.add(cases, kit);
        GroupCases.add(cases, kit);
        TopicAdminCases.add(cases, kit);
        ConfigAdminCases.add(cases, kit);
        GroupAdminCases.add(cases, kit);
        TransactionCases.add(cases, kit);
        Shim.add(cases, kit);
        Edition.add(cases, kit);
        cases.run();
        System.exit(0);
    }
}
