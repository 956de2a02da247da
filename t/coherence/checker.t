# The checker of coherence: an honest story passes, each lie in it is found.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use Test::More;

use Inv::Coherence::Check;
use Inv::Coherence::History;
use Inv::Coherence::Journal;

use constant {
    HERE  => 1,    # two ports
    THERE => 2,
    BOUND => 5,
};

my ($tea, $cup) = ('a' x 24, 'b' x 24);

# Two products are made, one is bought and moved, the other deleted.
sub story {
    return (
        wrote(create => $tea, 1, 10, { alive => 1, category => 'leaf' }),
        wrote(create => $cup, 1, 10, { alive => 1, category => 'clay' }),
        wrote(purchase => $tea, 2, 20, {}),
        wrote(move => $tea, 3, 30, { category => 'dried' }, worker => 12),
        wrote(delete => $cup, undef, 40, { alive => 0 }),
    );
}

# A write that is acknowledged at a time, half a second after it was sent.
sub wrote {
    my ($kind, $id, $version, $at, $changes, %more) = @_;
    return line(
        is      => 'w',
        kind    => $kind,
        subject => "id=$id",
        ended   => $at,
        began   => $at - 0.5,
        items   => defined $version ? [ [ $id, $version, '' ] ] : [],
        changes => $changes,
        %more
    );
}

# A read, over in a tenth of a second.
sub saw {
    my ($subject, $at, $items, %more) = @_;
    return line(
        is      => 'r',
        kind    => 'get',
        subject => $subject,
        began   => $at,
        ended   => $at + 0.1,
        items   => $items,
        status  => @{$items} ? 200 : 404,
        %more
    );
}

sub line {
    return {
        port    => HERE,
        worker  => 11,
        status  => 200,
        cache   => '',
        changes => {},
        odd     => '',
        whole   => 1,
        @_
    };
}

sub checked {
    my (@lines) = @_;
    my $history
        = Inv::Coherence::History->new(ports => [ HERE, THERE ], bound => BOUND);
    $history->add($_) for grep { $_->{is} eq 'w' } @lines;
    $history->seal;
    my $check = Inv::Coherence::Check->new(history => $history);
    $check->line($_) for @lines;
    return $check;
}

sub finds {
    my ($kind, $name, @lines) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $check = checked(story(), @lines);
    my $expected = $kind eq '' ? {} : { $kind => 1 };
    return is_deeply($check->kinds, $expected, $name)
        || diag(join "\n", $check->violations);
}

# Versions.
finds('', 'what was acknowledged is read', saw("id=$tea", 20.1, [ [ $tea, 2 ] ]));
finds('', 'or something newer', saw("id=$tea", 20.1, [ [ $tea, 3 ] ]));
finds('older', 'something older is found', saw("id=$tea", 20.1, [ [ $tea, 1 ] ]));
finds('older', 'an instant after', saw("id=$tea", 20.000001, [ [ $tea, 1 ] ]));
finds('', 'what begins before the acknowledgement may be older',
    saw("id=$tea", 19.99, [ [ $tea, 1 ] ], ended => 25));
finds('older', 'whoever has the worker', saw("id=$tea", 31, [ [ $tea, 2 ] ],
    worker => 12));
finds('older', 'a 304 too', saw("id=$tea", 31, [ [ $tea, 2 ] ], status => 304));
finds('older', 'in a list', saw('', 31, [ [ $tea, 2 ], [ $cup, 1 ] ]));
finds('', 'through another nginx older ones are read for a while',
    saw("id=$tea", 24.9, [ [ $tea, 1 ] ], port => THERE));
finds('too-old', 'and then no more',
    saw("id=$tea", 25.1, [ [ $tea, 1 ] ], port => THERE));
finds('', 'nothing is promised of what was not acknowledged',
    wrote(purchase => $tea, undef, 35, {}, status => 504),
    saw("id=$tea", 36, [ [ $tea, 3 ] ]));
finds('', 'nor where nobody answers', saw("id=$tea", 31, [], status => 503));

# Bytes.
finds('', 'a version with the same bytes',
    map { saw("id=$tea", $_, [ [ $tea, 3, 'same' ] ]) } 31, 32);
finds('bytes', 'with others',
    saw("id=$tea", 31, [ [ $tea, 3, 'same' ] ]),
    saw("id=$tea", 32, [ [ $tea, 3, 'other' ] ]));
finds('odd', 'what is odd by itself', saw("id=$tea", 31, [ [ $tea, 3 ] ],
    odd => 'no ETag'));

# What comes and goes.
finds('', 'not there yet', saw("id=$tea", 9, []));
finds('missing', 'not there any more', saw("id=$tea", 31, []));
finds('missing', 'the same by ids', saw("ids=$tea,$cup", 31, [ [ $cup, 1 ] ]));
finds('', 'through another nginx it comes later',
    saw("id=$cup", 14, [], port => THERE));
finds('missing', 'but it comes', saw("id=$cup", 15.1, [], port => THERE));
finds('', 'deleted', saw("id=$cup", 41, []));
finds('deleted', 'deleted, but read', saw("id=$cup", 41, [ [ $cup, 1 ] ]));
finds('', 'being deleted', saw("id=$cup", 39.7, []));
finds('', 'through another nginx it goes later',
    saw("id=$cup", 44, [ [ $cup, 1 ] ], port => THERE));
finds('deleted', 'but it goes',
    saw("id=$cup", 45.1, [ [ $cup, 1 ] ], port => THERE));
finds('', 'whether it is gone is not known',
    wrote(delete => $tea, undef, 35, { alive => 0 }, status => 0),
    map { saw("id=$tea", 50, $_) } [], [ [ $tea, 3 ] ]);
finds('', 'a delete that was refused changes nothing',
    wrote(delete => $tea, undef, 35, { alive => 0 }, status => 409),
    saw("id=$tea", 50, [ [ $tea, 3 ] ]));
finds('missing', 'nor does it excuse anything',
    wrote(delete => $tea, undef, 35, { alive => 0 }, status => 409),
    saw("id=$tea", 50, []));

# Lists.
finds('', 'in its category', saw('category=leaf', 21, [ [ $tea, 2 ] ]));
finds('missing', 'not in it', saw('category=leaf', 21, []));
finds('', 'not on this page of it', saw('category=leaf', 21, [], whole => ''));
finds('', 'in another', saw('category=dried', 31, [ [ $tea, 3 ] ]));
finds('missing', 'not in the other', saw('category=dried', 31, []));
finds('left', 'still in the first', saw('category=leaf', 31, [ [ $tea, 3 ] ]));
finds('left', 'never in it', saw('category=glass', 31, [ [ $tea, 3 ] ]));
finds('', 'moving: in either',
    map { saw("category=$_", 29.8, [ [ $tea, 2 ] ]) } 'leaf', 'dried');
finds('', 'moving: in neither',
    map { saw("category=$_", 29.8, []) } 'leaf', 'dried');
finds('', 'moved elsewhere: in either',
    map { saw("category=$_", 34, [ [ $tea, 3 ] ], port => THERE) }
        'leaf', 'dried');
finds('left', 'for a while', saw('category=leaf', 36, [ [ $tea, 3 ] ],
    port => THERE));

# What is counted.
my $check = checked(
    story(),
    saw("id=$tea", 31, [ [ $tea, 3 ] ], cache => 'inventory; hit; detail=local'),
    saw("id=$tea", 31, [ [ $tea, 3 ] ], worker => 12),
    saw("id=$tea", 32, [ [ $tea, 2 ] ], worker => 21, port => THERE),
    saw("id=$tea", 37, [ [ $tea, 3 ] ], worker => 21, port => THERE),
);
is_deeply($check->kinds, {}, 'four reads');
is_deeply(
    $check->reads,
    {   get => {
            'other worker' => 1, 'same worker' => 1, 'other nginx' => 2
        }
    },
    'by who wrote and who read'
);
is($check->cache->{local}, 1, 'by Cache-Status');
like($check->ages, qr/^1 products .* 0\.00 % .* 100 %: 2000 ms$/, 'the age');

# The journal gives back what it was given.
my $dir = File::Temp->newdir;
my $journal = Inv::Coherence::Journal->new("$dir/journal");
my ($given) = wrote(move => $tea, 3, 30, { category => 'dried', sku => '' });
$journal->write(%{$given});
$journal->write(%{ saw("id=$tea", 31, [ [ $tea, 3, 'bytes' ], [ $cup, 1, '' ] ]) });
$journal->close;
my @read;
for my $is (qw(w r)) {
    Inv::Coherence::Journal->each_line("$dir/journal", $is,
        sub { push @read, $_[0] });
}
is(scalar @read, 2, 'two lines');
is_deeply($read[0]{changes}, { category => 'dried', sku => '' }, 'changes');
is_deeply($read[1]{items}, [ [ $tea, 3, 'bytes' ], [ $cup, 1, '' ] ], 'items');
cmp_ok($read[1]{began}, '==', 31, 'times');

done_testing();
