using System.Buffers.Binary;
using System.IO.Compression;

namespace NeuralNetwork.Cli.Html;

/// <summary>Grey images as PNG (ISO 15948), one byte a pixel.</summary>
internal static class Png
{
    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file of an image whose rows have so many pixels, from the top down.</summary>
    public static byte[] Of(ReadOnlySpan<byte> pixels, int width)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Chunk(file, "IHDR"u8, Head(width, pixels.Length / width));
        Chunk(file, "IDAT"u8, Packed(pixels, width));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>The image as an address that holds it.</summary>
    public static string Address(ReadOnlySpan<byte> pixels, int width) =>
        $"data:image/png;base64,{Convert.ToBase64String(Of(pixels, width))}";

    private static byte[] Head(int width, int height)
    {
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        // Eight bits of grey; the one way there is to pack, to filter, and no interlacing.
        head[8] = 8;
        return head;
    }

    private static byte[] Packed(ReadOnlySpan<byte> pixels, int width)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (var start = 0; start < pixels.Length; start += width)
            {
                // A row begins with its filter: none.
                stream.WriteByte(0);
                stream.Write(pixels.Slice(start, width));
            }
        return packed.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(kind);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Checksum(Checksum(uint.MaxValue, kind), content));
        file.Write(number);
    }

    /// <summary>CRC-32 (ISO 3309), going on from what came before.</summary>
    private static uint Checksum(uint value, ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            value ^= next;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        }
        return value;
    }
}
