package Inv::Mongo;

# Direct access to the real database, through a small program on libmongoc
# (mongo_command.c): every kind of URI works, as it does for the module.

use strict;
use warnings;

use Cwd qw(abs_path);
use Cwd qw(abs_path);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Select;
use IPC::Open2;
use JSON::PP;

my $json = JSON::PP->new->canonical->utf8->allow_nonref->allow_blessed;

# uri names the database.
sub new {
    my ($class, $uri) = @_;
    my $program = _program();
    local $ENV{TEST_MONGO_URI} = $uri;
    my $pid = open2(my $out, my $in, $program);
    return bless { pid => $pid, in => $in, out => $out, owner => $$ }, $class;
}

# The program is built once, whichever test comes first.
sub _program {
    my $lib  = dirname(dirname(abs_path(__FILE__)));
    my $root = $ENV{TEST_ROOT} // dirname(dirname($lib));
    my $dir  = "$root/build/test";
    my ($source, $program) = ("$lib/mongo_command.c", "$dir/mongo_command");

    make_path($dir);
    open my $lock, '>', "$program.lock" or die "$program.lock: $!\n";
    flock $lock, LOCK_EX or die "flock: $!\n";
    return $program if -x $program && -M $program <= -M $source;

    my ($package)
        = grep { system("pkg-config --exists $_") == 0 }
        qw(mongoc2 libmongoc-1.0)
        or die "libmongoc is not known to pkg-config\n";
    my $cc = $ENV{CC} // 'cc';
    system("$cc -O1 -D_GNU_SOURCE -o $program.new $source "
            . "\$(pkg-config --cflags --libs $package)") == 0
        or die "$source does not compile\n";
    rename "$program.new", $program or die "rename: $!\n";
    return $program;
}

# A command: its name comes first, so a list.  Dies unless it is ok.
sub command {
    my ($self, @pairs) = @_;
    my $reply = $self->try(@pairs);
    die "$pairs[0]: " . $json->encode($reply) . "\n"
        if !$reply->{ok} || $reply->{writeErrors};
    return $reply;
}

# The same, failures returned.
sub try {
    my ($self, @pairs) = @_;
    return plain($json->decode($self->text(@pairs)));
}

# The reply as canonical extended JSON: with the types that the server has.
sub text {
    my ($self, @pairs) = @_;
    my @members;
    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @members, $json->encode($name) . ':' . $json->encode($value);
    }
    return $self->raw('{' . join(',', @members) . '}');
}

# The same with a command that is extended JSON in one line already: for
# members whose order matters.
sub raw {
    my ($self, $command) = @_;
    print { $self->{in} } "$command\n";
    $self->{in}->flush;
    IO::Select->new($self->{out})->can_read(60)
        or die "the database does not answer\n";
    my $line = readline $self->{out};
    die "the connection to the database ended\n" if !defined $line;
    return $line;
}

# Extended JSON made plain: integers and ids become scalars; decimals, dates
# and binaries become texts.  64 bits are kept.
sub plain {
    my ($value) = @_;
    return [ map { plain($_) } @{$value} ] if ref $value eq 'ARRAY';
    return $value if ref $value ne 'HASH';
    if (keys %{$value} == 1) {
        my ($kind, $inner) = %{$value};
        return 0 + $inner if $kind =~ /^\$number(?:Int|Long|Double)$/;
        return $inner     if $kind =~ /^\$(?:oid|numberDecimal)$/;
        return plain($inner) if $kind eq '$date';
        return $inner->{base64} if $kind eq '$binary';
    }
    return { map { $_ => plain($value->{$_}) } keys %{$value} };
}

sub oid  { my ($hex) = @_; return { '$oid'        => $hex } }
sub long { my ($n)   = @_; return { '$numberLong' => "$n" } }

# All documents of a collection that match; sort: {member => 1 or -1}.
sub find {
    my ($self, $collection, $filter, %opt) = @_;
    my $reply = $self->command(
        find      => $collection,
        filter    => $filter,
        batchSize => 1000,
        $opt{sort} ? (sort => $opt{sort}) : (),
    );
    my @documents = @{ $reply->{cursor}{firstBatch} };
    while ($reply->{cursor}{id}) {
        $reply = $self->command(
            getMore    => long($reply->{cursor}{id}),
            collection => $collection,
            batchSize  => 1000,
        );
        push @documents, @{ $reply->{cursor}{nextBatch} };
    }
    return @documents;
}

sub product {
    my ($self, $id) = @_;
    my ($document) = $self->find('products', { _id => oid($id) });
    return $document;
}

sub update {
    my ($self, $collection, $filter, $update) = @_;
    return $self->command(
        update  => $collection,
        updates => [ { q => $filter, u => $update } ],
    )->{n};
}

sub drop {
    my ($self) = @_;
    return $self->try(dropDatabase => 1);
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!, $@);
    close $self->{in};
    waitpid $self->{pid}, 0;
    return;
}

1;
