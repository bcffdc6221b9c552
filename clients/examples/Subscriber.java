// A department's subscriber in Java: fetches its unit's feed, accepts each summons, acknowledges.
//
//     protoc -I../../proto --java_out=. whistle.proto
//     javac -cp protobuf-java.jar:. Subscriber.java Seal.java org/whistled/proto/WhistleProto.java
//     WHISTLE_KEY_FILE=FILE java -cp protobuf-java.jar:. Subscriber 127.0.0.1 7420 PRINCIPAL UNIT PERSON [--once]
//
// Only the standard library and protobuf-java: SP over TCP is eight bytes of greeting, then frames of a length, a
// request id with its top bit set, and the message. Without WHISTLE_KEY_FILE it speaks plain, which a daemon believes
// over TCP only if it runs --insecure.

import com.google.protobuf.ByteString;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.whistled.proto.WhistleProto.*;

public final class Subscriber {
    private static final byte[] I_AM_REQ = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    private static final byte[] YOU_ARE_REP = {0, 'S', 'P', 0, 0, 0x31, 0, 0};
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String host, principal, unit, person;
    private final int port;
    private final Seal seal; // null: plain

    private Subscriber(String[] args, String keyFile) throws IOException {
        host = args[0];
        port = Integer.parseInt(args[1]);
        principal = args[2];
        unit = args[3];
        person = args[4];
        seal = keyFile == null || keyFile.isEmpty() ? null : new Seal(keyFile, principal);
    }

    private byte[] exchange(byte[] message) throws IOException {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(40_000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            out.write(I_AM_REQ);
            if (!Arrays.equals(in.readNBytes(8), YOU_ARE_REP))
                throw new IOException("no REP there");
            out.write(ByteBuffer.allocate(12 + message.length)
                    .putLong(message.length + 4).putInt(0x80000001).put(message).array());
            long length = in.readLong();
            if (length < 4 || length > 1 << 20)
                throw new IOException("a frame of " + length + " bytes");
            in.readInt();
            byte[] answer = new byte[(int) length - 4];
            in.readFully(answer);
            return answer;
        }
    }

    private static ByteString newId() {
        byte[] random = new byte[10];
        RANDOM.nextBytes(random);
        byte[] time = ByteBuffer.allocate(8).putLong(System.currentTimeMillis()).array();
        return ByteString.copyFrom(time, 2, 6).concat(ByteString.copyFrom(random));
    }

    private Envelope plain(Request request) {
        return Envelope.newBuilder().setVersion(1).setPrincipal(principal).setId(request.getId())
                .setPlain(request.toByteString()).build();
    }

    /** Sends an operation until it is answered, always under the same id: the daemon does it once. */
    private Reply request(Request.Builder operation) throws InterruptedException {
        ByteString id = newId();
        long sentAfter = 0;
        while (true) {
            operation.setId(id).setSentMs(Math.max(System.currentTimeMillis(), sentAfter + 1)).setAgent(Agent.newBuilder().setName(person));
            Envelope envelope = seal != null ? seal.seal(operation.build()) : plain(operation.build());
            try {
                Envelope answer = Envelope.parseFrom(exchange(envelope.toByteArray()));
                Reply reply = seal != null ? seal.open(answer, id) : Reply.parseFrom(answer.getPlain());
                if (!Arrays.asList("busy", "draining", "storage_full", "replayed").contains(reply.getCode()))
                    return reply;
                if (reply.getCode().equals("replayed") && reply.getArgumentsCount() > 0)
                    sentAfter = Long.parseLong(reply.getArguments(0)); // it has begun lately: what is older may be a copy
            } catch (IOException error) {
                System.err.println(error + "; trying again");
            }
            Thread.sleep(1000);
        }
    }

    private void work(FeedItem item) throws InterruptedException {
        Event event = item.getHappening().getEvent();
        System.out.println(item.getSeq() + " " + event.getNumber() + " " + event.getKind());
        boolean waiting = item.getCase().getSummonsList().stream()
                .anyMatch(s -> s.getUnit().equals(unit) && s.getState() == SummonsState.SUMMONS_STATE_CALLED);
        if (!waiting || event.getKind() != EventKind.EVENT_KIND_DISPATCHED)
            return;
        Reply reply = request(Request.newBuilder().setAct(Act.newBuilder().setVerb(Verb.VERB_ACCEPT)
                .setNumber(event.getNumber()).setUnit(unit).setPerson(person)));
        System.out.println("  accept: " + reply.getCode() + " " + reply.getText());
    }

    private void run(boolean once) throws InterruptedException {
        int epoch = 0;
        long after = 0;
        while (true) {
            Reply reply = request(Request.newBuilder().setFetch(Fetch.newBuilder().setRecipient(unit)
                    .setConsumer("Subscriber.java").setEpoch(epoch).setAfter(after).setMax(50)
                    .setWaitMs(once ? 0 : 20_000)));
            if (reply.getCode().equals("epoch_changed")) {
                epoch = 0;
                after = 0;
                continue;
            }
            if (!reply.getCode().equals("ok"))
                throw new IllegalStateException(reply.getCode() + ": " + reply.getText());
            for (FeedItem item : reply.getFeed().getItemsList())
                work(item);
            epoch = reply.getFeed().getEpoch();
            after = reply.getFeed().getNextAfter();
            if (reply.getFeed().getItemsCount() > 0)
                request(Request.newBuilder().setAck(Ack.newBuilder().setRecipient(unit)
                        .setConsumer("Subscriber.java").setEpoch(epoch).setUpto(after)));
            else if (once)
                return;
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length < 5) {
            System.err.println("Subscriber HOST PORT PRINCIPAL UNIT PERSON [--once]");
            System.exit(2);
        }
        new Subscriber(args, System.getenv("WHISTLE_KEY_FILE")).run(Arrays.asList(args).contains("--once"));
    }
}
