namespace NeuralNetwork.Plans

/// Places in memory for slices that are alive for a while.
module internal Placement =

    /// What is free, from the first gap on: begin and length of each, the last without an end. And what is taken, by the
    /// time at which it is needed last.
    type private Room = { Gaps: (int64 * int64) list; Taken: Set<struct (int * int64 * int64)> }

    /// The gaps with one more, which joins those that it touches.
    let private join (gaps: (int64 * int64) list) (offset: int64, length: int64) : (int64 * int64) list =
        let before, behind = gaps |> List.partition (fun (other, _) -> other < offset)

        let add (gaps: (int64 * int64) list) (offset, length) =
            match gaps with
            | (first, size) :: others when first + size = offset -> (first, size + length) :: others
            | _ -> (offset, length) :: gaps

        List.fold add (List.rev before) ((offset, length) :: behind) |> List.rev

    /// Gives back what is not needed any more at a time.
    let rec private release (time: int) (room: Room) : Room =
        if room.Taken.IsEmpty then
            room
        else
            let struct (dies, offset, length) as first = room.Taken.MinimumElement

            if dies < time then
                release time { Gaps = join room.Gaps (offset, length); Taken = room.Taken.Remove first }
            else
                room

    let private place (room: Room) (slice: Slice, (born: int, dies: int)) : (Slice * Slice) * Room =
        let room = release born room
        let length = Layout.align (int64 slice.Length)
        let offset, size = room.Gaps |> List.find (fun (_, size) -> size >= length)

        let gaps =
            room.Gaps
            |> List.collect (fun gap ->
                if gap <> (offset, size) then [ gap ]
                elif size = length then []
                else [ offset + length, size - length ])

        (slice, { slice with Offset = int offset }),
        { Gaps = gaps; Taken = room.Taken.Add(struct (dies, offset, length)) }

    /// Each of some slices, which are alive from one time to another and come in the order of the first, at the first place
    /// from `start` on where it meets none that is alive with it.
    let firstFit (start: int64) (slices: (Slice * (int * int)) list) : Map<Slice, Slice> =
        let endless = System.Int64.MaxValue / 4L
        let room = { Gaps = [ start, endless ]; Taken = Set.empty }
        List.mapFold place room slices |> fst |> Map.ofList
