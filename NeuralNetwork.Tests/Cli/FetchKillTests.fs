/// nn data fetch, killed: the same command once more comes to the same folder as if nothing had been.
module NeuralNetwork.Tests.Cli.FetchKillTests

open System
open System.Diagnostics
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Tests

/// When each file was packed by those who published it, in seconds since 1970, as its head says. (No copy is at hand; of all seconds
/// these are those with which the bytes have the published SHA-256.)
let private packedAt =
    [ "t10k-images-idx3-ubyte", 885827245u
      "t10k-labels-idx1-ubyte", 885827268u
      "train-images-idx3-ubyte", 848331386u
      "train-labels-idx1-ubyte", 848331398u ]

/// What gzip makes of a file of the repository's set.
let private packed (name: string) : byte[] =
    let start = ProcessStartInfo("gzip", [ "-6"; "-n"; "-c" ])
    start.RedirectStandardInput <- true
    start.RedirectStandardOutput <- true
    use gzip = Process.Start start |> nonNull
    use file = File.OpenRead(Path.Combine(Machines.repository, "data", "mnist", $"{name}.gz"))
    use content = new GZipStream(file, CompressionMode.Decompress)
    use result = new MemoryStream()
    let reading = gzip.StandardOutput.BaseStream.CopyToAsync result
    content.CopyTo gzip.StandardInput.BaseStream
    gzip.StandardInput.Close()
    reading.Wait()
    result.ToArray()

/// The bytes that were published: what gzip makes of the content, with the head that they had; none where it packs otherwise here.
let private published: Lazy<(string * byte[]) list> =
    lazy
        (try
            let all =
                [ for name, time in packedAt do
                      let head =
                          [| yield! [| 0x1Fuy; 0x8Buy; 8uy; 8uy |]; yield! BitConverter.GetBytes time; 0uy; 3uy |]

                      let wasCalled = Encoding.ASCII.GetBytes(name.Replace("-idx", ".idx") + "\000")
                      $"{name}.gz", Array.concat [ head; wasCalled; Array.skip 10 (packed name) ] ]

            let isPublished (name: string, bytes: byte[]) =
                let file = BuiltIn.All[0].Files |> Array.find (fun file -> file.PackedName = name)
                Convert.ToHexStringLower(SHA256.HashData bytes) = file.PackedHash

            if List.forall isPublished all then all else []
         with :? ComponentModel.Win32Exception ->
             [])

/// What the mirror has: those bytes; where they cannot be made, the repository's, the right content packed by others.
let private offered =
    lazy
        (match published.Value with
         | [] ->
             [ for name, _ in packedAt ->
                   $"{name}.gz", File.ReadAllBytes(Path.Combine(Machines.repository, "data", "mnist", $"{name}.gz")) ]
         | all -> all)

let private cache (place: Workplace) = place.At "cache"
let private folder (place: Workplace) = Path.Combine(cache place, "neuralnetwork", "mnist")

/// A program outside of the repository, which has the files already.
let private program (place: Workplace) =
    lazy
        (let target = place.At "program"
         Directory.CreateDirectory target |> ignore

         let words = CommandLine.program ()
         let own = List.last words
         let moved = Path.Combine(target, string (Path.GetFileName own))

         for path in Directory.GetFiles(Path.GetDirectoryName own |> nonNull) do
             let name = string (Path.GetFileName path)

             if Elsewhere.program.IsSome || name.EndsWith ".dll" || name.StartsWith "nn." then
                 File.Copy(path, Path.Combine(target, name))

         words |> List.map (fun word -> if word = own then moved else word))

/// A mirror on this machine that has these files, and knows ranges.
type private Mirror(files: (string * byte[]) list) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let stop = new CancellationTokenSource()
    let asked = Collections.Concurrent.ConcurrentQueue<string * int>()
    let reached = new SemaphoreSlim(0)
    let mutable cut: (string * int) option = None

    let readHead (stream: NetworkStream) =
        task {
            let text = StringBuilder()
            let buffer = Array.zeroCreate<byte> 4096
            let mutable isOpen = true

            while isOpen do
                let! count = stream.ReadAsync(buffer, stop.Token)
                text.Append(Encoding.ASCII.GetString(buffer, 0, count)) |> ignore
                isOpen <- count > 0 && not ((string text).EndsWith "\r\n\r\n")

            return string text
        }

    let answer (stream: NetworkStream) =
        task {
            let! head = readHead stream
            let words = head.Split ' '
            let name = words[1].TrimStart '/'
            let bytes = files |> List.find (fst >> (=) name) |> snd

            let start =
                match head.Split "bytes=" with
                | [| _; range |] -> int (range.Split('-')[0])
                | _ -> 0

            asked.Enqueue(name, start)

            let status =
                if start = 0 then "200 OK"
                elif start < bytes.Length then "206 Partial Content"
                else "416 None"

            let rest = bytes[start..]
            let range = $"Content-Range: bytes {start}-{bytes.Length - 1}/{bytes.Length}"

            let lines = [ $"HTTP/1.1 {status}"; range; $"Content-Length: {rest.Length}"; "Connection: close"; ""; "" ]

            let sent =
                match cut with
                | Some(cutName, most) when cutName = name -> min rest.Length most
                | _ -> rest.Length

            do! stream.WriteAsync(Encoding.ASCII.GetBytes(String.Join("\r\n", lines)), stop.Token)
            do! stream.WriteAsync(rest.AsMemory(0, sent), stop.Token)

            // No more comes, and nobody hangs up, until the other side is dead.
            if sent < rest.Length then
                reached.Release() |> ignore
                let! _ = stream.ReadAsync(Array.zeroCreate<byte> 1, stop.Token)
                ()
        }

    let serveOne (client: TcpClient) : Task =
        task {
            use client = client

            try
                use stream = client.GetStream()
                do! answer stream
            with
            | :? IOException
            | :? OperationCanceledException -> ()
        }

    // Nobody waits for another one: under Wine the connection of a killed program stays open, and takes no more.
    let serve () : Task =
        task {
            while true do
                let! client = listener.AcceptTcpClientAsync stop.Token
                serveOne client |> ignore
        }

    do listener.Start()
    let serving = serve ()

    member _.Address = $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/"

    /// What was asked for since the last look: names, and from which byte on.
    member _.Asked() =
        let all = List.ofSeq asked
        asked.Clear()
        all

    /// Sends so many bytes of a file and then no more, or all of every file.
    member _.Cut
        with set (value: (string * int) option) = cut <- value

    /// Waits until those bytes are sent.
    member _.WaitForCut() = reached.Wait()

    interface IDisposable with
        member _.Dispose() =
            stop.Cancel()

            try
                serving.Wait()
            with :? AggregateException ->
                ()

            listener.Stop()

let private start (program: Lazy<string list>) (place: Workplace) (mirror: Mirror) (before: string list) : Process =
    let variables = [ "NN_DATA_MIRROR", mirror.Address; "XDG_CACHE_HOME", cache place; "NN_DATA_TIMEOUT", "600" ]
    CommandLine.startWords variables (place.At "") (before @ program.Value @ [ "data"; "fetch"; "mnist" ])

/// The same command once more: it succeeds, and the folder has the files and nothing else.
let private expectWhole (program: Lazy<string list>) (place: Workplace) (mirror: Mirror) (case: string) =
    mirror.Cut <- None
    mirror.Asked() |> ignore
    let outcome = CommandLine.finish (start program place mirror [])
    Expect.that (outcome.Code = 0) $"{case}: {outcome.Code}, {outcome.Error}"
    let found = [ for path in Directory.GetFiles(folder place) |> Array.sort -> string (Path.GetFileName path) ]
    Expect.equal (List.map fst offered.Value) found

    for name, bytes in offered.Value do
        Expect.that
            (bytes.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder place, name))))
            $"{case}: {name}"

let private clear (place: Workplace) () =
    if Directory.Exists(cache place) then
        Directory.Delete(cache place, true)

let tests =
    workplace "FetchKill" (fun place ->
        let folder = folder place
        let program = program place
        let start = start program place
        let expectWhole = expectWhole program place
        let clear = clear place

        [ test "The mirror has the very bytes that were published" (fun () ->
              let isGnu =
                  try
                      let start = ProcessStartInfo("gzip", [ "--version" ], RedirectStandardOutput = true)
                      use gzip = Process.Start start |> nonNull
                      gzip.StandardOutput.ReadToEnd().StartsWith "gzip 1."
                  with :? ComponentModel.Win32Exception ->
                      false

              if not isGnu then
                  skip "no GNU gzip here, which packed them"

              Expect.equal (List.length packedAt) published.Value.Length)
          test "A fetch that is killed between any two bytes of a file is gone on with by the same command" (fun () ->
              use mirror = new Mirror(offered.Value)

              for name, bytes in offered.Value do
                  for sent in [ 0; bytes.Length / 2; bytes.Length - 1 ] do
                      clear ()
                      mirror.Cut <- Some(name, sent)
                      use killed = start mirror []
                      mirror.WaitForCut()
                      killed.Kill()
                      killed.WaitForExit()
                      let isWhole (other: string) = File.Exists(Path.Combine(folder, other))
                      let partial = FileInfo(Path.Combine(folder, $"partial-{name}"))
                      let kept = if partial.Exists then int partial.Length else 0
                      Expect.that (not (isWhole name) && kept <= sent) $"{name}: {kept} of {sent} bytes"
                      let missing = offered.Value |> List.map fst |> List.filter (isWhole >> not)
                      expectWhole mirror $"{name} after {sent} bytes"
                      // What was whole is not fetched again, and what had begun not from its beginning.
                      let from = [ for other in missing -> other, (if other = name then kept else 0) ]
                      Expect.equal (List.sort from) (List.sort (mirror.Asked())))
          test "A fetch that is killed at any of its writes and renames is gone on with by the same command" (fun () ->
              CommandLine.need [ "strace"; "-o"; "/dev/null"; "true" ]
              use mirror = new Mirror(offered.Value)

              // strace counts the calls of each thread by itself: those of one file, of which the first thread's kills.
              for name, _ in offered.Value do
                  for call, count in
                      [ "openat", 1; "pwrite64", 1; "rename", 1 ]
                      @ (if name.StartsWith "train-images" then [ "pwrite64", 9 ] else []) do
                      clear ()

                      let strace =
                          [ "strace"; "-f"; "-qq"; "-o"; "/dev/null"; "-P"; Path.Combine(folder, $"partial-{name}") ]
                          @ [ "-e"; $"trace={call}"; "-e"; $"inject={call}:signal=KILL:when={count}" ]

                      let outcome = CommandLine.finish (start mirror strace)

                      Expect.that (outcome.Code = 137) $"{name}, {call} {count}: {outcome.Code}, {outcome.Error}"

                      expectWhole mirror $"{name}, {call} {count}")
          |> onLinux "strace kills at a call"
          |> onOwnProcessor "strace sees the calls of the emulator" ])
