// Suite 1 of the envelope (proto/README.md), with what the JDK has: ChaCha20-Poly1305 and HMAC-SHA256.

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.whistled.proto.WhistleProto.*;

/** A principal's keys in a file of lines PRINCIPAL KEY-ID KEY [until=DATE]; the first is in use. */
final class Seal {
    /** What anybody between could have said: it costs time, and is never the end of a request. */
    static final class Doubt extends IOException {
        Doubt(String why) {
            super(why);
        }
    }

    private static final int REQUEST = 0, REPLY = 1;
    private static final byte[] NONCE = new byte[12]; // each message has a key of its own
    private static final List<String> UNSEALED = Arrays.asList("refused", "busy", "draining", "too_large");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String principal;
    private final Deque<String> ids = new ArrayDeque<>();
    private final Deque<byte[]> keys = new ArrayDeque<>();

    Seal(String file, String principal) throws IOException {
        this.principal = principal;
        for (String line : Files.readAllLines(Path.of(file))) {
            String[] words = line.replaceFirst("#.*", "").trim().split("\\s+");
            if (words[0].equals(principal) && (words.length < 4 || isGood(words[3]))) {
                ids.add(words[1]);
                keys.add(bytes(words[2]));
            }
        }
        if (keys.isEmpty()) // what was to be sealed never goes plain
            throw new IOException(file + " has no good key of " + principal);
    }

    private static boolean isGood(String until) {
        return until.compareTo("until=" + LocalDate.now()) >= 0;
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++)
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        return bytes;
    }

    /** What the envelope says in the clear, which the seal holds to. */
    private byte[] label(int direction, ByteString id) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {1, 1, (byte) direction});
        for (String name : new String[] {principal, ids.peek()}) {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            out.write(text.length);
            out.writeBytes(text);
        }
        out.writeBytes(id.toByteArray());
        return out.toByteArray();
    }

    private Cipher cipher(int mode, byte[] salt, int direction, ByteString id) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(keys.peek(), "HmacSHA256"));
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(mode, new SecretKeySpec(mac.doFinal(salt), "ChaCha20"), new IvParameterSpec(NONCE));
        cipher.updateAAD(label(direction, id));
        return cipher;
    }

    /** With a new salt each time: a retry is sealed anew. */
    Envelope seal(Request request) {
        byte[] salt = new byte[24];
        RANDOM.nextBytes(salt);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, salt, REQUEST, request.getId()).doFinal(request.toByteArray());
            return Envelope.newBuilder().setVersion(1).setSuite(1).setPrincipal(principal).setKeyId(ids.peek())
                    .setId(request.getId()).setSalt(ByteString.copyFrom(salt)).setSealed(ByteString.copyFrom(sealed))
                    .build();
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    Reply open(Envelope envelope, ByteString id) throws Doubt, InvalidProtocolBufferException {
        if (envelope.getSuite() != 1)
            throw new Doubt(unsealed(Reply.parseFrom(envelope.getPlain()).getCode()));
        try {
            return Reply.parseFrom(cipher(Cipher.DECRYPT_MODE, envelope.getSalt().toByteArray(), REPLY, id)
                    .doFinal(envelope.getSealed().toByteArray()));
        } catch (GeneralSecurityException error) {
            throw new Doubt("the seal of the answer does not fit");
        }
    }

    private String unsealed(String code) {
        if (code.equals("refused")) { // perhaps the next one is known already, or still
            ids.add(ids.remove());
            keys.add(keys.remove());
        }
        return UNSEALED.contains(code) ? code : "the answer is not sealed";
    }
}
